import { type Failure, failurePolicies, type GatewayId } from '@guildmesh/contracts'

/** Where a call about a guild goes. */
export interface Route {
  readonly gatewayId: GatewayId
  readonly epoch: number
}

/** What happened to a call so far. */
export interface RouteAttempt {
  /** Where the call that failed was sent. */
  readonly route: Route
  /** Where the routing table sends the guild now; `null` if it knows no owner. */
  readonly known: Route | null
  /** Redirects followed so far in this call. */
  readonly redirects: number
  /** Milliseconds that the caller still has. */
  readonly remainingMs: number
}

/**
 * Why a call ends with its failure:
 * - `budget-spent`: the caller has no time left in which an answer could come;
 * - `wait-exceeds-budget`: the owner may answer later than the caller can wait;
 * - `never-passes`: the same call would fail again;
 * - `outcome-unknown`: the call may have taken effect, so it must not be sent again;
 * - `redirects-spent`: the call has been sent on often enough.
 */
export type GiveUpReason =
  | 'budget-spent'
  | 'wait-exceeds-budget'
  | 'never-passes'
  | 'outcome-unknown'
  | 'redirects-spent'

/** What to do after a failure, and why. */
export type RouteDecision =
  /** Send the call to this owner. Counts as a redirect. */
  | { readonly kind: 'redirect'; readonly route: Route; readonly reason: 'later-epoch-known' }
  /** The same owner may answer after a wait. */
  | { readonly kind: 'wait'; readonly waitMs: number; readonly reason: 'may-pass' }
  /** Ask who owns the guild, then decide again. */
  | { readonly kind: 'refresh'; readonly reason: 'no-owner-known' | 'same-epoch-known' }
  /** Report the failure. */
  | { readonly kind: 'give-up'; readonly reason: GiveUpReason }

export const maxRedirects = 2

/** The least time in which a call over the mesh can be answered; with less, waiting or redirecting is useless. */
const leastUsefulMs = 20

/**
 * What a caller does about a failed call to the owner of a guild: at most two redirects, never to a lower epoch than
 * one that has refused, and never past the caller's budget.
 */
export function routeAfterFailure(failure: Failure, attempt: RouteAttempt): RouteDecision {
  if (attempt.remainingMs < leastUsefulMs) return { kind: 'give-up', reason: 'budget-spent' }
  const policy = failurePolicies[failure.kind]
  switch (policy.retry) {
    case 'never':
      return { kind: 'give-up', reason: 'never-passes' }
    case 'read-back':
      return { kind: 'give-up', reason: 'outcome-unknown' }
    case 'after-wait':
      return waitFor(failure, attempt)
    case 'after-refresh':
      return redirectTo(ownerNamedBy(failure, attempt), attempt)
    default:
      return policy.retry satisfies never
  }
}

/** The owner with the highest epoch among what the failure names and what the table knows. */
function ownerNamedBy(failure: Failure, { known }: RouteAttempt): Route | null {
  if (failure.kind !== 'GuildMoved') return known
  const named: Route = { gatewayId: failure.gatewayId, epoch: failure.epoch }
  return known && known.epoch > named.epoch ? known : named
}

function redirectTo(next: Route | null, { route, redirects }: RouteAttempt): RouteDecision {
  if (redirects >= maxRedirects) return { kind: 'give-up', reason: 'redirects-spent' }
  // An owner at a lower epoch than the one that has refused is no owner any more.
  if (!next || next.epoch < route.epoch) return { kind: 'refresh', reason: 'no-owner-known' }
  if (next.epoch === route.epoch) return { kind: 'refresh', reason: 'same-epoch-known' }
  return { kind: 'redirect', route: next, reason: 'later-epoch-known' }
}

function waitFor(failure: Failure, attempt: RouteAttempt): RouteDecision {
  const { route, known, remainingMs } = attempt
  if (known && known.epoch > route.epoch) return redirectTo(known, attempt)
  const waitMs = 'retryAfterMs' in failure ? failure.retryAfterMs : 0
  if (waitMs + leastUsefulMs > remainingMs) return { kind: 'give-up', reason: 'wait-exceeds-budget' }
  return { kind: 'wait', waitMs, reason: 'may-pass' }
}
