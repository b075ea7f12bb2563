import { type GatewayId, ordinalOf } from '@guildmesh/contracts'
import type { LimitTerms } from './limit-terms.ts'

/** Somebody who may use a part of a limit: a gateway, or a former life of one that may still run. */
export interface ShareHolder {
  readonly gatewayId: GatewayId
  /** Whether it gets a share of the division; one that is offline, or a former life, only keeps what it has. */
  readonly takesPart: boolean
  /** What it could use, in units; `null` where it does not say: an older version, which takes its share unasked. */
  readonly demand: number | null
  /** What counts as its own now, in units. */
  readonly share: number
  /** The part of it that it keeps when it hears nothing any more. */
  readonly floor: number
}

/** What one gateway should come to hold. */
export interface FairShare {
  /** Kept through any outage. */
  readonly floor: number
  /** Floor and demand; the share without headroom. */
  readonly needed: number
  readonly share: number
}

export interface Division {
  readonly shares: ReadonlyMap<GatewayId, FairShare>
  /** What no demand needs, headroom included. */
  readonly left: number
}

/** A quarter of the limit is for floors, a step each at least; and never more than half of it. */
export function fairFloor(gateways: number, { whole, step }: LimitTerms): number {
  const even = Math.floor(whole / 4 / gateways / step) * step
  return even > 0 ? even : Math.min(step, Math.floor(whole / 2 / gateways))
}

/**
 * Divides a limit between the gateways that say what they need, max-min fair to a step: nobody gets more than another
 * whose demand is not met, beyond the floor that each has. What others hold is taken off first. Half of what is left
 * over then (`headroom`) goes to all alike.
 */
export function divideLimit(holders: readonly ShareHolder[], terms: LimitTerms): Division {
  const { whole, step, headroom } = terms
  const asking = holders.filter(({ takesPart, demand }) => takesPart && demand !== null)
  const others = holders.filter((holder) => !asking.includes(holder))
  const free = Math.max(0, whole - others.reduce((sum, { share }) => sum + share, 0))
  const count = holders.filter(({ takesPart }) => takesPart).length
  const floor = Math.min(fairFloor(count, terms), Math.floor(free / Math.max(1, asking.length)))

  const filled = asking.map(({ gatewayId, demand, share }) => ({
    gatewayId,
    demand: Math.min(demand ?? 0, whole),
    held: share,
    needed: floor,
  }))
  let left = free - floor * filled.length
  let open = filled.filter(({ demand, needed }) => demand > needed)
  while (open.length > 0) {
    const next = open.reduce((first, other) => (before(other, first) ? other : first))
    const raised = (Math.floor(next.needed / step) + 1) * step
    if (raised - next.needed > left) break
    left -= raised - next.needed
    next.needed = raised
    if (raised >= next.demand) open = open.filter((other) => other !== next)
  }
  const extra = filled.length === 0 ? 0 : Math.floor((left * headroom) / filled.length / step) * step
  return {
    shares: new Map(
      filled.map(({ gatewayId, needed }) => [gatewayId, { floor, needed, share: needed + extra }]),
    ),
    left,
  }
}

interface Filled {
  readonly gatewayId: GatewayId
  readonly held: number
  readonly needed: number
}

/** Who gets the next step: who has the least; of those alike who holds more already, so that it stays where it is. */
function before(a: Filled, b: Filled): boolean {
  if (a.needed !== b.needed) return a.needed < b.needed
  if (a.held !== b.held) return a.held > b.held
  return ordinalOf(a.gatewayId) < ordinalOf(b.gatewayId)
}
