import type { GatewayId } from '@guildmesh/contracts'
import { divideLimit, type Division, type QuotaHolder } from './divide-limit.ts'
import type { LimitTerms } from './limit-terms.ts'

/** What a gateway says of one limit with a heartbeat, in units. */
export interface QuotaReport {
  /** What it could use. */
  readonly demand: number
  /** The most that it may use until it hears the answer, or has used in the time over which Discord counts. */
  readonly holds: number
  /** The part of it that it would keep without a word. */
  readonly guaranteed: number
}

export interface QuotaAmount {
  readonly quota: number
  readonly guaranteed: number
}

export interface QuotaDecision {
  /** What the answer says that the gateway may use. */
  readonly granted: QuotaAmount
  /** What counts as its own from now on: what the answer says, and what it may use if the answer is lost. */
  readonly counted: QuotaAmount
  /** Whether more counts as its own than before: one gateway at a time may take from what is free. */
  readonly raised: boolean
}

/**
 * What a gateway is granted of a limit upon a heartbeat. Safe by itself, whatever the division says: nobody is
 * granted more than counted as its own before, or more than is free (of the whole, what no holder's quota counts).
 * A quota that shrinks counts at its old size, because the answer may be lost; the next heartbeat shows it.
 * @param holders everybody, the gateway itself among them with what counts as its own before this heartbeat
 */
export function decideQuota(
  self: GatewayId,
  report: QuotaReport,
  holders: readonly QuotaHolder[],
  terms: LimitTerms,
): QuotaDecision {
  const mine = holders.find(({ gatewayId, takesPart }) => gatewayId === self && takesPart)
  const had = mine?.quota ?? 0
  const asking = {
    gatewayId: self,
    takesPart: true,
    demand: report.demand,
    quota: had,
    guaranteed: mine?.guaranteed ?? 0,
  }
  const others = holders.filter((holder) => holder !== mine)
  const division = divideLimit([...others, asking], terms)
  const wanted = settled(self, had, division, terms)
  const room = Math.max(0, terms.whole - others.reduce((sum, holder) => sum + holder.quota, 0))
  const quota = Math.max(Math.min(wanted, had), Math.min(wanted, room))
  const guaranteed = Math.min(division.quotas.get(self)?.guaranteed ?? 0, quota)
  // A report of more than counts is a late one, or the database was restored: it is believed as far as there is room,
  // so that what counts, which may be granted again, never exceeds the whole.
  const reported = Math.min(Math.max(report.holds, report.guaranteed), Math.max(had, room))
  const counted = Math.max(quota, reported)
  return {
    granted: { quota, guaranteed },
    counted: {
      quota: counted,
      guaranteed: Math.max(guaranteed, Math.min(report.guaranteed, counted)),
    },
    raised: counted > had,
  }
}

/** The quota to aim at: the present one, if it differs only by a step of headroom, so that quotas come to rest. */
function settled(self: GatewayId, had: number, division: Division, terms: LimitTerms): number {
  const { quota, needed } = division.quotas.get(self) ?? { quota: 0, needed: 0 }
  const unassigned = division.left * (1 - terms.headroom)
  const slack = unassigned >= division.quotas.size * terms.step
  return slack && had >= needed && Math.abs(quota - had) <= terms.step ? had : quota
}
