/** A limit that Discord sets for the whole bot, and how it is divided between gateways, in whole units. */
export interface LimitTerms {
  /** All there is of it. */
  readonly whole: number
  /** Quotas end at multiples of this, if they are more than the guaranteed minimum. */
  readonly step: number
  /** Part [0, 1) of what no demand needs that is handed out all the same, so that a quiet gateway need not ask first. */
  readonly headroom: number
  /**
   * How long a quota counts after its holder was last heard, by the database's clock: the quota's time to live, then
   * the time over which Discord counts, and a margin for clocks that run at different rates. Milliseconds.
   */
  readonly countedMs: number
}

export type RestLimit = 'requests' | 'invalid'

/** How long a gateway may use its quota after *sending* the heartbeat that it was granted for. Milliseconds. */
export const quotaTtlMs = 2000

/** After this long without a word from a gateway, what it held no longer counts; see ADR 10. Milliseconds. */
export const quotaForgottenMs = 24 * 60 * 60 * 1000

/**
 * `requests`: 50 a second, in thousandths of the limit; a step is one request in any second.
 * `invalid`: 10,000 answers 401, 403 and 429 in ten minutes, which gateways count by minutes, so for up to eleven; a
 * request that was on its way when the quota expired may add one 15 seconds later.
 * https://discord.com/developers/docs/topics/rate-limits
 */
export const restLimits: Readonly<Record<RestLimit, LimitTerms>> = {
  requests: { whole: 1000, step: 20, headroom: 0.5, countedMs: quotaTtlMs + 1000 + 250 },
  invalid: { whole: 10_000, step: 50, headroom: 0, countedMs: quotaTtlMs + 11 * 60_000 + 30_000 },
}
