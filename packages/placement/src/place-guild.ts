import { type FailureOf, type GatewayId, type GatewayStatus, ordinalOf } from '@guildmesh/contracts'

/** What placement needs to know of a gateway. */
export interface PlacementCandidate {
  readonly gatewayId: GatewayId
  readonly status: GatewayStatus
  /** Most guilds that it should have; at least 1. */
  readonly capacity: number
  /** Guilds assigned to it now. */
  readonly guildCount: number
}

/**
 * Why a gateway was chosen:
 * - `least-loaded`: it has the lowest load of several that have room;
 * - `only-active`: there is no other;
 * - `all-full`: every active gateway is at its capacity, and this one is least over.
 */
export type PlacementReason = 'least-loaded' | 'only-active' | 'all-full'

/** The gateway chosen for a guild, and why. */
export interface Placement {
  readonly kind: 'placed'
  readonly gatewayId: GatewayId
  readonly reason: PlacementReason
  /** The load that won, before this guild. */
  readonly load: Pick<PlacementCandidate, 'guildCount' | 'capacity'>
  /** How many active gateways there were to choose from. */
  readonly activeGateways: number
}

/** How long a caller should wait if no gateway is active: about the time that one takes to register again. */
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
  const { gatewayId, guildCount, capacity } = best
  return {
    kind: 'placed',
    gatewayId,
    reason: reasonFor(best, active.length),
    load: { guildCount, capacity },
    activeGateways: active.length,
  }
}

function reasonFor({ guildCount, capacity }: PlacementCandidate, active: number): PlacementReason {
  if (guildCount >= capacity) return 'all-full'
  return active === 1 ? 'only-active' : 'least-loaded'
}

/** Compares a/b with c/d as a·d with c·b, so that equal loads are equal and not a rounding error apart. */
function byLoad(a: PlacementCandidate, b: PlacementCandidate): number {
  return (
    a.guildCount * b.capacity - b.guildCount * a.capacity || ordinalOf(a.gatewayId) - ordinalOf(b.gatewayId)
  )
}
