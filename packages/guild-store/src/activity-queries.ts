import type { GuildId } from '@guildmesh/contracts'
import type { Database } from 'better-sqlite3'
import { and, count, countDistinct, desc, eq, gte, lt, placeholder, sql, sum } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { messageStats } from './schema/feature-tables.ts'

/** Sums over the messages of a span of time. */
export interface ActivityTotals {
  readonly messages: number
  readonly members: number
  readonly channels: number
  readonly characters: number
  readonly words: number
  readonly reactions: number
}

/** A span of time, epoch milliseconds; `to` is exclusive. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** Sums over `message_stats`, each over one guild and span by the index on (guild, sent_at). */
export class ActivityQueries {
  readonly #prepared: ReturnType<typeof prepare>

  constructor(database: Database) {
    this.#prepared = prepare(database)
  }

  totals(guildId: GuildId, span: Span): ActivityTotals {
    const row = this.#prepared.totals.get({ guildId, ...span })
    return {
      messages: row?.messages ?? 0,
      members: row?.members ?? 0,
      channels: row?.channels ?? 0,
      characters: Number(row?.characters ?? 0),
      words: Number(row?.words ?? 0),
      reactions: Number(row?.reactions ?? 0),
    }
  }

  /** Figures of each interval that has messages, by its number since the epoch (sent ÷ interval). */
  intervals(guildId: GuildId, span: Span, intervalMs: number) {
    return this.#prepared.intervals.all({ guildId, ...span, intervalMs })
  }

  /** Who wrote most, most first; ties by id. */
  topMembers(guildId: GuildId, span: Span, limit: number) {
    return this.#prepared.topMembers.all({ guildId, ...span, limit })
  }

  topChannels(guildId: GuildId, span: Span, limit: number) {
    return this.#prepared.topChannels.all({ guildId, ...span, limit })
  }
}

function prepare(database: Database) {
  const orm = drizzle({ client: database })
  const inSpan = and(
    eq(messageStats.guildId, placeholder('guildId')),
    gte(messageStats.sentAt, placeholder('from')),
    lt(messageStats.sentAt, placeholder('to')),
  )
  // JavaScript's numbers are bound as reals, so the division has to be cut off by hand.
  const interval = sql<number>`CAST(${messageStats.sentAt} / ${placeholder('intervalMs')} AS INTEGER)`
  return {
    totals: orm
      .select({
        messages: count(),
        members: countDistinct(messageStats.authorId),
        channels: countDistinct(messageStats.channelId),
        characters: sum(messageStats.characters),
        words: sum(messageStats.words),
        reactions: sum(messageStats.reactions),
      })
      .from(messageStats)
      .where(inSpan)
      .prepare(),
    intervals: orm
      .select({ interval, messages: count(), members: countDistinct(messageStats.authorId) })
      .from(messageStats)
      .where(inSpan)
      .groupBy(sql`1`)
      .orderBy(sql`1`)
      .prepare(),
    topMembers: orm
      .select({ userId: messageStats.authorId, messages: count() })
      .from(messageStats)
      .where(inSpan)
      .groupBy(messageStats.authorId)
      .orderBy(desc(count()), messageStats.authorId)
      .limit(placeholder('limit'))
      .prepare(),
    topChannels: orm
      .select({ channelId: messageStats.channelId, messages: count() })
      .from(messageStats)
      .where(inSpan)
      .groupBy(messageStats.channelId)
      .orderBy(desc(count()), messageStats.channelId)
      .limit(placeholder('limit'))
      .prepare(),
  }
}
