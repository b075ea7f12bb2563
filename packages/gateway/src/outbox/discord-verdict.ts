import type { RESTOptions } from '@discordjs/rest'
import { isRecord } from '@guildmesh/runtime'

type MakeRequest = RESTOptions['makeRequest']

/**
 * An answer that is no verdict of Discord's on the request: of a proxy on the way, or a refusal that passes.
 * `retryAfterMs`: nothing was done, and when to ask again; `null`: nobody knows whether it was done.
 */
export class NoVerdictError extends Error {
  override readonly name = 'NoVerdictError'
  readonly status: number
  readonly retryAfterMs: number | null

  constructor(status: number, retryAfterMs: number | null, message: string) {
    super(message)
    this.status = status
    this.retryAfterMs = retryAfterMs
  }
}

/** Discord's own answer as far as it matters here. */
interface Answer {
  readonly status: number
  readonly contentType: string | null
  /** The header, seconds. */
  readonly retryAfter: string | null
  readonly text: string
}

/** "Cloudflare is blocking your request": https://docs.discord.com/developers/topics/opcodes-and-status-codes#json-json-error-codes */
const blockedByProxy = 40333
/** While a good token is not accepted, or the proxy blocks us, milliseconds. */
const passingMs = 5000
/** A 429 that does not tell how long: of the proxy for its whole window, of Discord rather shorter, milliseconds. */
const untoldLimitMs = { page: 60_000, json: 5000 } as const

/**
 * Why an answer is no verdict; `null` where it is one. Only JSON of Discord's shape is: pages of the proxy come with
 * any status, 200 too, and a 401 or 403 may come once although nothing is wrong.
 */
function noVerdict({ status, contentType, retryAfter, text }: Answer): NoVerdictError | null {
  const isJson = contentType?.startsWith('application/json') ?? false
  const told = retryAfter === null ? Number.NaN : Number(retryAfter) * 1000
  if (status === 429) {
    if (isJson && Number.isFinite(told)) return null
    const body = isJson ? parsed(text) : null
    const ownMs =
      isRecord(body) && typeof body['retry_after'] === 'number' ? body['retry_after'] * 1000 : told
    const waitMs = Number.isFinite(ownMs) ? ownMs : untoldLimitMs[isJson ? 'json' : 'page']
    return new NoVerdictError(429, waitMs, 'rate limited, in a form that is not Discord’s usual one')
  }
  if (!isJson) {
    // Only a 204 says by itself that there is nothing to say.
    if (status === 204) return null
    return new NoVerdictError(status, null, `${status} without Discord’s answer`)
  }
  if (status !== 401 && status !== 403) return null
  const body = parsed(text)
  const code = isRecord(body) ? body['code'] : undefined
  if (status === 401 && (code === undefined || code === 0))
    return new NoVerdictError(401, passingMs, 'Discord did not accept the bot token')
  if (status === 403 && code === blockedByProxy)
    return new NoVerdictError(403, passingMs, 'the proxy in front of Discord blocked the request')
  return null
}

/** Makes requests whose answers are all verdicts. @throws NoVerdictError otherwise */
export function onlyVerdicts(makeRequest: MakeRequest): MakeRequest {
  return async (url, init) => {
    const answer = await makeRequest(url, init)
    const { status, headers } = answer
    // What the client counts on besides: it retries nothing here, and a 5xx leaves the outcome open anyway.
    if (status >= 500) return answer
    const text = await answer.text()
    const problem = noVerdict({
      status,
      contentType: headers.get('content-type'),
      retryAfter: headers.get('retry-after'),
      text,
    })
    if (problem) throw problem
    const hasBody = text !== ''
    return new Response(hasBody ? text : null, { status, statusText: answer.statusText, headers })
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
