import { compareEvents } from './compare-events.ts'
import type { AppliedEvent, EventComparison, EventDifference } from './compare-events.ts'
import { chainStart, extendChain } from './event-chain.ts'
import type { EventLedger } from './event-ledger.ts'
import type { ChainPosition } from './guild-ledger.ts'

/** What a bot says of one guild. */
export interface BotGuildReport {
  count: number
  head: string
  /** In the order of applying; from the beginning, or from `since` where that is given. */
  events?: AppliedEvent[] | undefined
  /** The bot's own chain before the first of `events`. */
  since?: ChainPosition | undefined
}

export interface GuildVerdict {
  guildId: string
  sent: number
  applied: number
  sentHead: string
  appliedHead: string | null
  /** The chains agree. */
  same: boolean
  /** So many of the first events are known to the oracle only as a chain: it finds a difference among them and cannot name it. */
  folded: number
  missing: number
  duplicated: number
  foreign: number
  outOfOrder: number
  late: number
  firstDifference: EventDifference | null
}

/** Compares one guild's chains, and event by event what both sides still know by itself. */
export function judgeGuild(
  ledger: EventLedger,
  guildId: string,
  bot: BotGuildReport | undefined,
  lateAfterMs: number,
): GuildVerdict {
  const sent = ledger.count(guildId)
  const sentHead = ledger.head(guildId)
  const applied = bot?.count ?? 0
  const same = bot ? bot.head === sentHead && applied === sent : sent === 0
  const detail = bot?.events ? compareKept(ledger, guildId, bot.events, bot.since, lateAfterMs) : null
  return {
    guildId,
    sent,
    applied,
    sentHead,
    appliedHead: bot?.head ?? null,
    same,
    folded: ledger.folded(guildId).count,
    missing: detail?.missing ?? Math.max(0, sent - applied),
    duplicated: detail?.duplicated ?? Math.max(0, applied - sent),
    foreign: detail?.foreign ?? 0,
    outOfOrder: detail?.outOfOrder ?? (!same && sent === applied ? 1 : 0),
    late: detail?.late ?? 0,
    firstDifference: detail?.firstDifference ?? null,
  }
}

/**
 * Compares event by event from the first position that both sides know, once their chains agree up to
 * there. Null where they do not: the difference lies before it, and only counts and heads tell of it.
 */
function compareKept(
  ledger: EventLedger,
  guildId: string,
  applied: readonly AppliedEvent[],
  since: ChainPosition | undefined,
  lateAfterMs: number,
): EventComparison | null {
  const folded = ledger.folded(guildId)
  const from = since ?? { count: 0, head: chainStart(guildId) }
  const skipped = Math.max(0, folded.count - from.count)
  if (skipped > applied.length) return null
  const place = from.count + skipped
  const head = applied
    .slice(0, skipped)
    .reduce((before, next) => extendChain(before, next.event, next.payloadHash), from.head)
  if (head !== ledger.headAt(guildId, place)) return null
  const kept = ledger.events(guildId).slice(place - folded.count)
  return atPlace(compareEvents(kept, applied.slice(skipped), lateAfterMs), place)
}

/** The comparison with its index counted from the guild's first event. */
function atPlace(comparison: EventComparison, place: number): EventComparison {
  const { firstDifference } = comparison
  if (!firstDifference) return comparison
  return { ...comparison, firstDifference: { ...firstDifference, index: firstDifference.index + place } }
}
