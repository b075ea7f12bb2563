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
  /** Where the routing table sends the guild now; `null` where it knows no owner. */
  readonly known: Route | null
  /** Redirects followed so far in this call. */
  readonly redirects: number
  /** Milliseconds that the caller still has. */
  readonly remainingMs: number
}

/** What to do after a failure, and why. */
export type RouteDecision =
  /** Send the call to this owner. Counts as a redirect. */
  | { readonly kind: 'redirect'; readonly route: Route; readonly reason: string }
  /** The same owner may answer after a wait. */
  | { readonly kind: 'wait'; readonly waitMs: number; readonly reason: string }
  /** Ask who owns the guild, then decide again. */
  | { readonly kind: 'refresh'; readonly reason: string }
  /** Report the failure. */
  | { readonly kind: 'give-up'; readonly reason: string }

export const maxRedirects = 2

/** The least time in which a call over the mesh can be answered; with less, waiting or redirecting is in vain. */
const leastUsefulMs = 20

/**
 * What a caller does about a failed call to the owner of a guild: at most two redirects, never to a lower epoch than
 * one that has refused, and never past the caller's budget.
 */
export function routeAfterFailure(failure: Failure, attempt: RouteAttempt): RouteDecision {
  if (attempt.remainingMs < leastUsefulMs) return { kind: 'give-up', reason: 'the budget is spent' }
  const policy = failurePolicies[failure.kind]
  switch (policy.retry) {
    case 'never':
      return { kind: 'give-up', reason: `${failure.kind} stays as it is` }
    case 'read-back':
      return { kind: 'give-up', reason: `${failure.kind}: the call may have taken effect` }
    case 'after-wait':
      return waitFor(failure, attempt)
    case 'after-refresh':
      return redirectTo(ownerNamedBy(failure, attempt), failure, attempt)
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

function redirectTo(next: Route | null, failure: Failure, { route, redirects }: RouteAttempt): RouteDecision {
  if (redirects >= maxRedirects) return { kind: 'give-up', reason: `${redirects} redirects were followed` }
  if (!next || next.epoch < route.epoch) {
    return {
      kind: 'refresh',
      reason: `${failure.kind}, and no owner at epoch ${route.epoch} or later is known`,
    }
  }
  if (next.epoch === route.epoch) {
    return { kind: 'refresh', reason: `${failure.kind}, and the table still says epoch ${route.epoch}` }
  }
  return { kind: 'redirect', route: next, reason: `${failure.kind}: epoch ${next.epoch} is later` }
}

function waitFor(failure: Failure, { route, known, remainingMs, redirects }: RouteAttempt): RouteDecision {
  if (known && known.epoch > route.epoch) {
    return redirectTo(known, failure, { route, known, remainingMs, redirects })
  }
  const waitMs = 'retryAfterMs' in failure ? failure.retryAfterMs : 0
  if (waitMs + leastUsefulMs > remainingMs) {
    return {
      kind: 'give-up',
      reason: `${failure.kind} needs ${waitMs} ms, and ${Math.floor(remainingMs)} are left`,
    }
  }
  return { kind: 'wait', waitMs, reason: `${failure.kind} may pass` }
}
