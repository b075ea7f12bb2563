import { type Failure, failurePolicies, type GatewayId, type Position } from '@guildmesh/contracts'

/** What a holder does about a lane that its owner refused. */
export type AfterRefusal =
  /** Send again from behind the owner's cursor. */
  | { readonly do: 'rewind'; readonly cursor: Position | null }
  /** Another gateway owns the guild; known from the failure itself. */
  | { readonly do: 'reroute'; readonly gatewayId: GatewayId; readonly epoch: number }
  /** The route is out of date: look the owner up, then send there. */
  | { readonly do: 'refresh' }
  /** The owner will take it later; `null` where it does not say when. */
  | { readonly do: 'wait'; readonly afterMs: number | null }

/** A lane is never given up: whatever the failure, its events stay and go out again. */
export function afterRefusal(failure: Failure): AfterRefusal {
  if (failure.kind === 'EventHole') return { do: 'rewind', cursor: failure.cursor }
  if (failure.kind === 'GuildMoved') {
    return { do: 'reroute', gatewayId: failure.gatewayId, epoch: failure.epoch }
  }
  const routeIsOld = failurePolicies[failure.kind].retry === 'after-refresh' || failure.kind === 'NotAssigned'
  if (routeIsOld) return { do: 'refresh' }
  return { do: 'wait', afterMs: 'retryAfterMs' in failure ? failure.retryAfterMs : null }
}
