import { type Failure, failurePolicies } from '@guildmesh/contracts'
import type { Place } from './position-order.ts'
import type { Route } from './routes-port.ts'

/** What a holder does about a lane that its owner refused. */
export type AfterRefusal =
  /** A sequence gap: send again what follows the owner's cursor, at once or after a back-off. */
  | { readonly do: 'rewind'; readonly cursor: Place; readonly next: 'send' | 'back-off' }
  /** Another gateway owns the guild; known from the failure itself. */
  | { readonly do: 'reroute'; readonly route: Route }
  /** The route is out of date: look the owner up, and wait for the answer or for a change of the route. */
  | { readonly do: 'look-up'; readonly next: 'await-owner' | 'back-off' }
  /** The owner will take it later; `null`: it does not say when. */
  | { readonly do: 'back-off'; readonly afterMs: number | null }

/**
 * A lane is never given up: whatever the failure, its events stay and go out again.
 * @param isRepeated the lane got no further the last time either: what helps at first must not spin
 */
export function afterRefusal(failure: Failure, isRepeated: boolean): AfterRefusal {
  if (failure.kind === 'SequenceGap') {
    // The first one is the ordinary way after a failover.
    return { do: 'rewind', cursor: failure.cursor, next: isRepeated ? 'back-off' : 'send' }
  }
  if (failure.kind === 'GuildMoved') {
    return { do: 'reroute', route: { gatewayId: failure.gatewayId, epoch: failure.epoch } }
  }
  const isRouteOld = failurePolicies[failure.kind].retry === 'after-refresh' || failure.kind === 'NotAssigned'
  // Already looked up once: the owner itself does not know yet. A change of the route ends the wait.
  if (isRouteOld) return { do: 'look-up', next: isRepeated ? 'back-off' : 'await-owner' }
  return { do: 'back-off', afterMs: 'retryAfterMs' in failure ? failure.retryAfterMs : null }
}
