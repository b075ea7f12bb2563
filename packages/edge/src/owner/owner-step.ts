import type { Failure, GatewayId, GuildId } from '@guildmesh/contracts'

/** Who owns a guild, and since which epoch. */
export interface Owner {
  readonly gatewayId: GatewayId
  readonly epoch: number
}

/** How far the search for a gateway that answers has got. */
export interface OwnerSearch {
  readonly guildId: GuildId
  /** The owner called last. Epochs only rise: who was owner once is never called again under an older epoch. */
  readonly tried: Owner
  /** Owners called after the first one. */
  readonly redirects: number
  /** Times the call waited for the same owner, and how long in all. */
  readonly holds: number
  readonly heldMs: number
}

/** How much searching a call may do. */
export interface SearchLimits {
  readonly redirects: number
  readonly holdMs: number
}

/** What to do next. `reason` is for logs and counters. */
export type OwnerStep =
  | { readonly step: 'call'; readonly owner: Owner; readonly reason: 'moved' | 'newer-epoch' }
  /** Find the owner anew, in the routing table or from the config API, and decide with `afterRefresh`. */
  | { readonly step: 'refresh'; readonly failure: Failure }
  /** Wait, then call the owner again (or the new one, if the routing table has learnt of it). */
  | {
      readonly step: 'hold'
      readonly waitMs: number
      readonly reason: 'fenced' | 'owner-behind' | 'owner-away'
    }
  | { readonly step: 'give-up'; readonly failure: Failure }

/** What to do after the owner that was tried refused or did not answer. */
export function afterFailure(search: OwnerSearch, failure: Failure, limits: SearchLimits): OwnerStep {
  switch (failure.kind) {
    case 'GuildMoved':
      return failure.guildId === search.guildId && failure.epoch > search.tried.epoch
        ? redirect(search, { gatewayId: failure.gatewayId, epoch: failure.epoch }, 'moved', limits)
        : { step: 'refresh', failure }
    case 'NotOwner':
    case 'StaleEpoch':
    case 'Unavailable':
      return { step: 'refresh', failure }
    case 'GuildFenced':
      return hold(search, 'fenced', failure.retryAfterMs, failure, limits)
    default:
      return { step: 'give-up', failure }
  }
}

/**
 * What to do once the owner was looked up anew after `failure`.
 * @param found the owner now; `null` where the guild has none
 */
export function afterRefresh(
  search: OwnerSearch,
  found: Owner | null,
  failure: Failure,
  limits: SearchLimits,
): OwnerStep {
  if (!found) return { step: 'give-up', failure: { kind: 'NotAssigned', guildId: search.guildId } }
  if (found.epoch > search.tried.epoch) return redirect(search, found, 'newer-epoch', limits)
  // The same owner at the same epoch: it has not heard of its guild yet, or it is restarting.
  const reason = failure.kind === 'Unavailable' ? 'owner-away' : 'owner-behind'
  return hold(search, reason, 0, failure, limits)
}

function redirect(
  search: OwnerSearch,
  owner: Owner,
  reason: 'moved' | 'newer-epoch',
  limits: SearchLimits,
): OwnerStep {
  if (search.redirects >= limits.redirects) return { step: 'give-up', failure: ownerUnsettled }
  return { step: 'call', owner, reason }
}

/** First waits are short, because most pauses of a move are; later ones double. */
const firstHoldMs = 25

function hold(
  search: OwnerSearch,
  reason: 'fenced' | 'owner-behind' | 'owner-away',
  retryAfterMs: number,
  failure: Failure,
  limits: SearchLimits,
): OwnerStep {
  const leftMs = limits.holdMs - search.heldMs
  if (leftMs <= 0) return { step: 'give-up', failure: holdFailure(failure) }
  const waitMs = Math.min(leftMs, Math.max(retryAfterMs, firstHoldMs * 2 ** search.holds))
  return { step: 'hold', waitMs, reason }
}

/** Which gateway owns what is the mesh's business: who asks the edge is told only when to ask again. */
const ownerUnsettled: Failure = { kind: 'Unavailable', service: "the guild's gateway", retryAfterMs: 1000 }

function holdFailure(failure: Failure): Failure {
  return failure.kind === 'GuildFenced' ? failure : ownerUnsettled
}
