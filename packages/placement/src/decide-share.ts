import type { GatewayId } from '@guildmesh/contracts'
import { divideLimit, type Division, type ShareHolder } from './divide-limit.ts'
import type { LimitTerms } from './limit-terms.ts'

/** What a gateway says of one limit with a heartbeat, in units. */
export interface ShareReport {
  /** What it could use. */
  readonly demand: number
  /** The most that it may use until it hears the answer, or has used in the time over which Discord counts. */
  readonly holds: number
  /** What of it it would keep without a word. */
  readonly floor: number
}

export interface ShareAmount {
  readonly share: number
  readonly floor: number
}

export interface ShareDecision {
  /** What the gateway is told that it may use. */
  readonly granted: ShareAmount
  /** What counts as its own from now on: what it was told, and what it may use if the answer is lost. */
  readonly counted: ShareAmount
  /** Whether more counts as its own than before: one gateway at a time may take from what is free. */
  readonly raised: boolean
}

/**
 * What a gateway is granted of a limit upon a heartbeat. Safe by itself, whatever the division says: nobody is
 * granted more than counted as its own before, or more than is free (of the whole, what no holder's share counts).
 * A share that shrinks counts at its old size, because the answer may be lost; the next heartbeat tells.
 * @param holders everybody, the gateway itself among them with what counts as its own before this heartbeat
 */
export function decideShare(
  self: GatewayId,
  report: ShareReport,
  holders: readonly ShareHolder[],
  terms: LimitTerms,
): ShareDecision {
  const mine = holders.find(({ gatewayId, takesPart }) => gatewayId === self && takesPart)
  const had = mine?.share ?? 0
  const asking = {
    gatewayId: self,
    takesPart: true,
    demand: report.demand,
    share: had,
    floor: mine?.floor ?? 0,
  }
  const others = holders.filter((holder) => holder !== mine)
  const division = divideLimit([...others, asking], terms)
  const wanted = settled(self, had, division, terms)
  const room = Math.max(0, terms.whole - others.reduce((sum, { share }) => sum + share, 0))
  const share = Math.max(Math.min(wanted, had), Math.min(wanted, room))
  const floor = Math.min(division.shares.get(self)?.floor ?? 0, share)
  // A report of more than counts is a late one, or the database was restored: it is believed as far as there is room,
  // so that what counts, which may be granted again, never exceeds the whole.
  const reported = Math.min(Math.max(report.holds, report.floor), Math.max(had, room))
  const counted = Math.max(share, reported)
  return {
    granted: { share, floor },
    counted: { share: counted, floor: Math.max(floor, Math.min(report.floor, counted)) },
    raised: counted > had,
  }
}

/** The share to aim at: what it has already, where that is only headroom off by a step, so that shares come to rest. */
function settled(self: GatewayId, had: number, division: Division, terms: LimitTerms): number {
  const { share, needed } = division.shares.get(self) ?? { share: 0, needed: 0 }
  const unassigned = division.left * (1 - terms.headroom)
  const slack = unassigned >= division.shares.size * terms.step
  return slack && had >= needed && Math.abs(share - had) <= terms.step ? had : share
}
