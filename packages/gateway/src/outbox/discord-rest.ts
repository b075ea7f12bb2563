import type { GuildRow } from '@guildmesh/guild-store'
import { DiscordAPIError, HTTPError, REST, type RequestMethod } from '@discordjs/rest'

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
  /** No answer, or one (5xx) that does not tell whether it was done. */
  | { readonly kind: 'unknown'; readonly status: number | null; readonly message: string }

export interface RestRequest {
  readonly method: GuildRow<'outbox'>['method']
  readonly route: `/${string}`
  readonly body?: unknown
  readonly reason?: string | undefined
}

/** Calls Discord's REST API once, with the bot's token. Waits for rate limits; never throws. */
export interface DiscordRest {
  call(request: RestRequest, signal: AbortSignal): Promise<CallOutcome>
}

/** As long as one request may take before its outcome counts as unknown. */
const requestTimeoutMs = 15_000

/**
 * discord.js's REST client, which keeps Discord's rate limits by bucket. Its own retries are off: attempts are counted
 * in the outbox, where they survive a restart.
 */
export function discordRest(options: {
  readonly baseUrl: string
  readonly token: { reveal(): string }
}): DiscordRest {
  const rest = new REST({
    api: options.baseUrl.replace(/\/+$/, ''),
    version: '10',
    retries: 0,
    timeout: requestTimeoutMs,
  }).setToken(options.token.reveal())
  return {
    async call({ method, route, body, reason }, signal) {
      try {
        const answer = await rest.request({
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- discord.js names the same methods by an enum
          method: method as RequestMethod,
          fullRoute: route,
          signal,
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

function outcomeOfError(error: unknown): CallOutcome {
  if (error instanceof DiscordAPIError) {
    const code = typeof error.code === 'number' ? error.code : null
    return { kind: 'refused', status: error.status, code, message: error.message }
  }
  if (error instanceof HTTPError) {
    return error.status >= 500
      ? { kind: 'unknown', status: error.status, message: error.message }
      : { kind: 'refused', status: error.status, code: null, message: error.message }
  }
  return { kind: 'unknown', status: null, message: error instanceof Error ? error.message : String(error) }
}
