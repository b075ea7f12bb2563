import type { FailureOf } from '@guildmesh/contracts'

/** Discord's budget is for 24 hours. */
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
  /** Permits whose place is in the last 24 hours or still to come, and reserved ones. */
  readonly spent: number
  /** Place of the oldest of those; `null` if there is none. */
  readonly oldestAt: number | null
  /** Latest place given to the same rate-limit key; `null` if there is no recent one. */
  readonly latestOfKeyAt: number | null
  /** Permits a day. */
  readonly limit: number
}

/** Reservations are given only from this part of the budget, so that they cannot keep a shard from starting. */
const reservablePart = 0.5

/** Whether a permit may be reserved, or that too much of the budget is spent for it. */
export function grantReservation(
  spending: IdentifySpending,
): { readonly kind: 'granted' } | FailureOf<'IdentifyBudgetSpent'> {
  const { now, spent, limit, oldestAt } = spending
  if (spent < Math.floor(limit * reservablePart)) return { kind: 'granted' }
  const freeAt = (oldestAt ?? now) + budgetWindowMs
  return { kind: 'IdentifyBudgetSpent', retryAfterMs: Math.max(0, Math.ceil(freeAt - now)) }
}

/** When a rate-limit key is free for its next IDENTIFY, milliseconds from now. */
export function placeOf({ now, latestOfKeyAt }: Pick<IdentifySpending, 'now' | 'latestOfKeyAt'>): number {
  const earliest = latestOfKeyAt === null ? now : latestOfKeyAt + identifySpacingMs
  return Math.max(0, Math.ceil(earliest - now))
}

/**
 * The place of the next IDENTIFY, or that the budget is spent (I14). The 24 hours slide, so that no reset of
 * Discord's own window, whose start we do not know, lets more through than it allows.
 */
export function grantIdentify(
  spending: IdentifySpending,
): { readonly kind: 'granted'; readonly waitMs: number } | FailureOf<'IdentifyBudgetSpent'> {
  const { now, spent, limit, oldestAt } = spending
  if (spent >= limit) {
    const freeAt = (oldestAt ?? now) + budgetWindowMs
    return { kind: 'IdentifyBudgetSpent', retryAfterMs: Math.max(0, Math.ceil(freeAt - now)) }
  }
  return { kind: 'granted', waitMs: placeOf(spending) }
}
