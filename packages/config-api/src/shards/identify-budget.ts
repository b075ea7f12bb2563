import type { FailureOf } from '@guildmesh/contracts'

/** Discord starts the daily budget anew every 24 hours. */
export const budgetWindowMs = 24 * 60 * 60 * 1000
/**
 * Discord lets one IDENTIFY a rate-limit key start in five seconds; the rest covers that two holders hear of their
 * places after different times.
 * Source: https://discord.com/developers/docs/events/gateway#sharding-max-concurrency
 */
export const identifySpacingMs = 5500

/** What was spent of the budget, with times by the database's clock in milliseconds. */
export interface IdentifySpending {
  readonly now: number
  /** Permits whose place lies in the last 24 hours or ahead. */
  readonly spent: number
  /** Place of the oldest of those; `null` where there is none. */
  readonly oldestAt: number | null
  /** Latest place given to the same rate-limit key; `null` where there is none of late. */
  readonly latestOfKeyAt: number | null
  /** Permits a day. */
  readonly limit: number
}

/**
 * The place of the next IDENTIFY, or that the budget is spent (I14). The 24 hours slide, so that no reset of
 * Discord's own window, whose start we do not know, lets more through than it allows.
 */
export function grantIdentify(
  spending: IdentifySpending,
): { readonly kind: 'granted'; readonly waitMs: number } | FailureOf<'IdentifyBudgetSpent'> {
  const { now, spent, limit, oldestAt, latestOfKeyAt } = spending
  if (spent >= limit) {
    const freeAt = (oldestAt ?? now) + budgetWindowMs
    return { kind: 'IdentifyBudgetSpent', retryAfterMs: Math.max(0, Math.ceil(freeAt - now)) }
  }
  const earliest = latestOfKeyAt === null ? now : latestOfKeyAt + identifySpacingMs
  return { kind: 'granted', waitMs: Math.max(0, Math.ceil(earliest - now)) }
}
