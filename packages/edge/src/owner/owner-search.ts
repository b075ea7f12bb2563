import { type Failure, failurePolicies, type GuildId } from '@guildmesh/contracts'
import { type GiveUpReason, type Route, routeAfterFailure } from '@guildmesh/placement'
import { backoffMs } from '@guildmesh/runtime'

/** The state of a search for the gateway that answers for a guild. */
export interface OwnerSearch {
  readonly guildId: GuildId
  /** The owner called last. Epochs only rise: who was owner once is never called again under an older epoch. */
  readonly tried: Route
  /** Owners called after the first one. */
  readonly redirects: number
  /** Times the call waited for the same owner, and how long in all. */
  readonly holds: number
  readonly waitedMs: number
}

/** What is known when the owner that was tried has refused, or did not answer. */
export interface SearchFacts {
  readonly failure: Failure
  /** The owner in the routing table; `null` if it has none. */
  readonly known: Route | null
  /** Whether the config API was asked after this failure. */
  readonly refreshed: boolean
  /** What is left of the caller's time. */
  readonly remainingMs: number
  /** Longest time to wait in all for an owner that is fenced, away, or has not heard of its guild. */
  readonly maxWaitMs: number
}

/** What to do next. */
export type SearchStep =
  | { readonly step: 'call'; readonly owner: Route }
  /** Ask the config API who owns the guild, then decide again. */
  | { readonly step: 'refresh' }
  /** Wait, or less if the routing table learns of a later owner; then call whom it knows. */
  | { readonly step: 'hold'; readonly waitMs: number }
  | { readonly step: 'give-up'; readonly reason: SearchEndReason; readonly failure: Failure }

/** Why a search ends without an owner's answer; `waited-long-enough`: the time for waiting is spent, not the caller's. */
export type SearchEndReason = GiveUpReason | 'waited-long-enough'

/** First waits are short, because most pauses of a move are. What is left of the time bounds the later ones. */
const backoff = { firstMs: 25, maxMs: 60_000, jitter: 'none' } as const

/** What the edge does after a failure: the mesh's routing rules, with a limit to waiting. */
export function decideSearch(search: OwnerSearch, facts: SearchFacts): SearchStep {
  const { failure, known, refreshed, remainingMs } = facts
  const { tried: route, redirects } = search
  const decision = routeAfterFailure(failure, { route, known, redirects, remainingMs })
  switch (decision.kind) {
    case 'redirect':
      return { step: 'call', owner: decision.route }
    case 'refresh':
      // The same owner after asking again: it has not heard of its guild yet.
      return refreshed ? hold(search, facts, 0) : { step: 'refresh' }
    case 'wait':
      return hold(search, facts, decision.waitMs)
    case 'give-up':
      return { step: 'give-up', reason: decision.reason, failure: toldToCaller(failure) }
    default:
      return decision satisfies never
  }
}

function hold(search: OwnerSearch, { failure, maxWaitMs }: SearchFacts, askedMs: number): SearchStep {
  const leftMs = maxWaitMs - search.waitedMs
  if (leftMs <= 0) {
    return { step: 'give-up', reason: 'waited-long-enough', failure: toldToCaller(failure) }
  }
  return {
    step: 'hold',
    waitMs: Math.min(leftMs, Math.max(askedMs, backoffMs(backoff, search.holds + 1, 0))),
  }
}

/** Callers do not need to know which gateway owns what or which one is unreachable, only when to ask again. */
function toldToCaller(failure: Failure): Failure {
  const hidden = failurePolicies[failure.kind].retry === 'after-refresh' || failure.kind === 'Unavailable'
  return hidden ? { kind: 'Unavailable', service: "the guild's gateway", retryAfterMs: 1000 } : failure
}
