import { type FailureOf, type GatewayId, type GatewayStatus, ordinalOf } from '@guildmesh/contracts'

/** What placement needs to know of a gateway. */
export interface PlacementCandidate {
  readonly gatewayId: GatewayId
  readonly status: GatewayStatus
  /** Guilds that it should hold at the most; at least 1. */
  readonly capacity: number
  /** Guilds assigned to it now. */
  readonly guildCount: number
}

/** The gateway chosen for a guild, and why. */
export interface Placement {
  readonly kind: 'placed'
  readonly gatewayId: GatewayId
  /** For logs and the assignment's history: the load that won, and against how many others. */
  readonly reason: string
}

/** How long a caller should wait where no gateway is active: about the time that one takes to register again. */
const noGatewayRetryMs = 1000

/**
 * Chooses the gateway of a new guild: the lowest guilds ÷ capacity among the active ones, ties by the lowest ordinal.
 * Capacity is soft here: a mesh that is full still takes the guild, on the gateway that is least over.
 */
export function placeGuild(
  candidates: readonly PlacementCandidate[],
): Placement | FailureOf<'NoGatewayAvailable'> {
  const active = candidates.filter(({ status }) => status === 'active')
  const [best] = active.toSorted(byLoad)
  if (!best) return { kind: 'NoGatewayAvailable', retryAfterMs: noGatewayRetryMs }
  return {
    kind: 'placed',
    gatewayId: best.gatewayId,
    reason: `least loaded of ${active.length} active: ${best.guildCount} of ${best.capacity} guilds`,
  }
}

/** Compares a/b with c/d as a·d with c·b, so that equal loads are equal and not a rounding error apart. */
function byLoad(a: PlacementCandidate, b: PlacementCandidate): number {
  return (
    a.guildCount * b.capacity - b.guildCount * a.capacity || ordinalOf(a.gatewayId) - ordinalOf(b.gatewayId)
  )
}
