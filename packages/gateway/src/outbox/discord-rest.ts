import type { GuildRow } from '@guildmesh/guild-store'
import { DefaultRestOptions, DiscordAPIError, HTTPError, RateLimitError, REST } from '@discordjs/rest'
import type { RequestMethod } from '@discordjs/rest'
import { NoVerdictError, onlyVerdicts } from './discord-verdict.ts'
import { HeldBackError, type RestBudget } from './rest-budget.ts'

/** What Discord made of a request. */
export type CallOutcome =
  | { readonly kind: 'made'; readonly body: unknown }
  /** Discord answered that it did not do it. */
  | {
      readonly kind: 'refused'
      readonly status: number
      readonly code: number | null
      readonly message: string
    }
  /** It was not done, for a reason that passes: a rate limit, or Discord cannot be reached. */
  | { readonly kind: 'deferred'; readonly retryAfterMs: number; readonly message: string }
  /** No answer, or one (5xx) that does not tell whether it was done. */
  | { readonly kind: 'unknown'; readonly status: number | null; readonly message: string }

export interface RestRequest {
  readonly method: GuildRow<'outbox'>['method']
  readonly route: `/${string}`
  readonly query?: Readonly<Record<string, string>> | undefined
  readonly body?: unknown
  readonly reason?: string | undefined
}

/** Calls Discord's REST API once, with the bot's token. Waits for short rate limits; never throws. */
export interface DiscordRest {
  call(request: RestRequest, signal: AbortSignal): Promise<CallOutcome>
}

/** As long as one request may take before its outcome counts as unknown. */
const requestTimeoutMs = 15_000
/** Longer waits for a rate limit are waited for in the outbox, where a move or a restart does not meet a running call. */
const longestLimitMs = 1000
/** Errors of a connection that was never made, so that nothing was sent. */
const neverConnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])

/**
 * discord.js's REST client, which keeps Discord's rate limits by bucket. Its own retries are off: attempts are counted
 * in the outbox, where they survive a restart.
 */
export function discordRest(options: {
  readonly baseUrl: string
  readonly token: { reveal(): string }
  readonly budget: RestBudget
  readonly timeoutMs?: number | undefined
}): DiscordRest {
  const rest = new REST({
    api: options.baseUrl.replace(/\/+$/, ''),
    version: '10',
    retries: 0,
    timeout: options.timeoutMs ?? requestTimeoutMs,
    rejectOnRateLimit: ({ timeToReset, retryAfter }) => Math.max(timeToReset, retryAfter) > longestLimitMs,
    makeRequest: onlyVerdicts(options.budget.guard(DefaultRestOptions.makeRequest)),
  })
  return {
    async call({ method, route, query, body, reason }, signal) {
      try {
        const answer = await rest.request({
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- discord.js names the same methods by an enum
          method: method as RequestMethod,
          fullRoute: route,
          signal,
          ...botAuthorization(options.token),
          ...(query === undefined ? {} : { query: new URLSearchParams(query) }),
          ...(body === undefined || body === null ? {} : { body }),
          ...(reason === undefined ? {} : { reason }),
        })
        return { kind: 'made', body: answer }
      } catch (error) {
        return outcomeOfError(error)
      }
    },
  }
}

/** The token as a header of our own: discord.js's client forgets its token for good after a single 401. */
export function botAuthorization(token: { reveal(): string }) {
  return { auth: false, headers: { authorization: `Bot ${token.reveal()}` } } as const
}

function outcomeOfError(error: unknown): CallOutcome {
  if (error instanceof NoVerdictError) {
    const { retryAfterMs, status, message } = error
    return retryAfterMs === null
      ? { kind: 'unknown', status, message }
      : { kind: 'deferred', retryAfterMs, message }
  }
  if (error instanceof DiscordAPIError) {
    const code = typeof error.code === 'number' ? error.code : null
    return error.status >= 500
      ? { kind: 'unknown', status: error.status, message: error.message }
      : { kind: 'refused', status: error.status, code, message: error.message }
  }
  if (error instanceof HTTPError) {
    return error.status >= 500
      ? { kind: 'unknown', status: error.status, message: error.message }
      : { kind: 'refused', status: error.status, code: null, message: error.message }
  }
  if (error instanceof RateLimitError) {
    const retryAfterMs = Math.max(error.timeToReset, error.retryAfter, 0)
    return { kind: 'deferred', retryAfterMs, message: `rate limited (${error.scope})` }
  }
  if (error instanceof HeldBackError) {
    return { kind: 'deferred', retryAfterMs: error.retryAfterMs, message: error.message }
  }
  const message = error instanceof Error ? error.message : String(error)
  if (neverConnected.has(codeOf(error))) return { kind: 'deferred', retryAfterMs: 0, message }
  return { kind: 'unknown', status: null, message }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
