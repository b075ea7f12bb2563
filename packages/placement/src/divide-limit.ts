import { type GatewayId, ordinalOf } from '@guildmesh/contracts'
import type { LimitTerms } from './limit-terms.ts'

/** Somebody who may use a part of a limit: a gateway, or a former process of one that may still run. */
export interface QuotaHolder {
  readonly gatewayId: GatewayId
  /** Whether it takes part in the division; one that is offline, or a former process, only keeps what it has. */
  readonly takesPart: boolean
  /** What it could use, in units; `null` if it does not say: an older version, which takes its part unasked. */
  readonly demand: number | null
  /** What counts as its own now, in units. */
  readonly quota: number
  /** The part of it that it keeps when it hears nothing any more. */
  readonly guaranteed: number
}

/** What one gateway should come to hold. */
export interface FairQuota {
  /** Kept through any outage. */
  readonly guaranteed: number
  /** The guaranteed minimum and the demand; the quota without headroom. */
  readonly needed: number
  readonly quota: number
}

export interface Division {
  readonly quotas: ReadonlyMap<GatewayId, FairQuota>
  /** What no demand needs, headroom included. */
  readonly left: number
}

/**
 * What each of so many gateways keeps through any outage: a quarter of the limit between them, a step each at least,
 * and never more than half of the limit.
 */
export function guaranteedMinimum(gateways: number, { whole, step }: LimitTerms): number {
  const even = Math.floor(whole / 4 / gateways / step) * step
  return even > 0 ? even : Math.min(step, Math.floor(whole / 2 / gateways))
}

/**
 * Divides a limit between the gateways that say what they need, max-min fair to a step: nobody gets more than another
 * whose demand is not met, beyond the guaranteed minimum that each has. What others hold is taken off first. Half of
 * what is left over then (`headroom`) goes to all alike.
 */
export function divideLimit(holders: readonly QuotaHolder[], terms: LimitTerms): Division {
  const { whole, step, headroom } = terms
  const asking = holders.filter(({ takesPart, demand }) => takesPart && demand !== null)
  const others = holders.filter((holder) => !asking.includes(holder))
  const free = Math.max(0, whole - others.reduce((sum, { quota }) => sum + quota, 0))
  const count = holders.filter(({ takesPart }) => takesPart).length
  const guaranteed = Math.min(guaranteedMinimum(count, terms), Math.floor(free / Math.max(1, asking.length)))

  const filled = asking.map(({ gatewayId, demand, quota }) => ({
    gatewayId,
    demand: Math.min(demand ?? 0, whole),
    held: quota,
    needed: guaranteed,
  }))
  const left = fill(filled, free - guaranteed * filled.length, step)
  const extra = filled.length === 0 ? 0 : Math.floor((left * headroom) / filled.length / step) * step
  return {
    quotas: new Map(
      filled.map(({ gatewayId, needed }) => [gatewayId, { guaranteed, needed, quota: needed + extra }]),
    ),
    left,
  }
}

interface Filled {
  readonly gatewayId: GatewayId
  readonly demand: number
  readonly held: number
  needed: number
}

/** Raises those who need more, a step at a time, the one with the least first. @returns what nobody needs */
function fill(filled: readonly Filled[], available: number, step: number): number {
  let left = available
  let open = filled.filter(({ demand, needed }) => demand > needed)
  while (open.length > 0) {
    const next = open.reduce((first, other) => (isNext(other, first) ? other : first))
    const raised = (Math.floor(next.needed / step) + 1) * step
    if (raised - next.needed > left) break
    left -= raised - next.needed
    next.needed = raised
    if (raised >= next.demand) open = open.filter((other) => other !== next)
  }
  return left
}

/** Who gets the next step: who has the least; of those alike who holds more already, so that it stays there. */
function isNext(a: Filled, b: Filled): boolean {
  if (a.needed !== b.needed) return a.needed < b.needed
  if (a.held !== b.held) return a.held > b.held
  return ordinalOf(a.gatewayId) < ordinalOf(b.gatewayId)
}
