import { GuildId, type Position } from '@guildmesh/contracts'
import type { Database, Statement } from 'better-sqlite3'

/** An event that a holder keeps on its disk, because the guild's owner is away. */
export interface ParkedEvent {
  readonly guildId: GuildId
  readonly position: Position
  /** The event before it in the guild's lane. */
  readonly previous: Position | null
  readonly type: string
  readonly data: unknown
  /** As Discord sent it, UTF-16 units. */
  readonly size: number
  /** Receipt by this machine's wall clock, milliseconds; only for figures. */
  readonly receivedAt: number
}

/** What is parked of one guild. */
export interface ParkedSpan {
  readonly guildId: GuildId
  /** Its last event. */
  readonly through: Position
  readonly events: number
  readonly size: number
}

/** Parked events of the shards that this gateway holds or held, in lane order. */
export class ParkedEvents {
  readonly #insert: Statement
  readonly #after: Statement<[number, string, number, number], Row>
  readonly #page: Statement<[number, string, number, number], Row>
  readonly #spans: Statement<[number], SpanRow>
  readonly #size: Statement<[], { size: number }>
  readonly #forget: Statement<[number, string, number, number]>
  readonly #forgetAfter: Statement<[number, string, number, number]>
  readonly #forgetShard: Statement<[number]>
  readonly #weigh: Statement<[number, string, number, number], { events: number; size: number }>
  readonly #parkAll: (shardId: number, events: readonly ParkedEvent[]) => ReadonlyMap<GuildId, Amount>
  readonly #forgetAll: (shardId: number, spans: readonly Forgotten[]) => ReadonlyMap<GuildId, Amount>

  constructor(database: Database) {
    const columns = `guild_id, generation, seq, previous_generation, previous_seq, type, payload, size, received_at`
    this.#insert = database.prepare(`
      INSERT INTO parked_events (shard_id, ${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`)
    this.#after = database.prepare(`
      SELECT ${columns} FROM parked_events
      WHERE shard_id = ? AND guild_id = ? AND (generation, seq) > (?, ?) ORDER BY generation, seq`)
    this.#page = database.prepare(`
      SELECT ${columns} FROM parked_events
      WHERE shard_id = ? AND (guild_id, generation, seq) > (?, ?, ?) ORDER BY guild_id, generation, seq`)
    // With max() in the list, SQLite takes the bare columns from the row that has it.
    this.#spans = database.prepare(`
      SELECT guild_id, count(*) AS events, sum(size) AS size, generation, seq,
        max(generation * 0x10000000000 + seq) AS last
      FROM parked_events WHERE shard_id = ? GROUP BY guild_id`)
    this.#size = database.prepare('SELECT coalesce(sum(size), 0) AS size FROM parked_events')
    this.#forget = database.prepare(
      'DELETE FROM parked_events WHERE shard_id = ? AND guild_id = ? AND (generation, seq) <= (?, ?)',
    )
    this.#weigh = database.prepare(`
      SELECT count(*) AS events, coalesce(sum(size), 0) AS size FROM parked_events
      WHERE shard_id = ? AND guild_id = ? AND (generation, seq) <= (?, ?)`)
    this.#forgetAfter = database.prepare(
      'DELETE FROM parked_events WHERE shard_id = ? AND guild_id = ? AND (generation, seq) > (?, ?)',
    )
    this.#forgetShard = database.prepare('DELETE FROM parked_events WHERE shard_id = ?')
    this.#parkAll = database.transaction((shardId: number, events: readonly ParkedEvent[]) => {
      const added = new Map<GuildId, Amount>()
      for (const event of events) {
        const before = added.get(event.guildId) ?? nothing
        const isNew = this.#park(shardId, event)
        added.set(
          event.guildId,
          isNew ? { events: before.events + 1, size: before.size + event.size } : before,
        )
      }
      return added
    })
    this.#forgetAll = database.transaction((shardId: number, spans: readonly Forgotten[]) => {
      const freed = new Map<GuildId, Amount>()
      for (const { guildId, through } of spans) {
        const place = [shardId, guildId, through.generation, through.seq] as const
        freed.set(guildId, this.#weigh.get(...place) ?? nothing)
        this.#forget.run(...place)
      }
      return freed
    })
  }

  /**
   * Writes events, on the disk when it returns; those that are there already stay as they are.
   * @returns by guild, what was not there
   * @throws SqliteError if the disk is full or fails: then none was written
   */
  park(shardId: number, events: readonly ParkedEvent[]): ReadonlyMap<GuildId, Amount> {
    return this.#parkAll(shardId, events)
  }

  /** Events of a guild after a position (`null`: from the first), at least one, within the limits beyond it. */
  load(shardId: number, guildId: GuildId, after: Position | null, limit: Limit): ParkedEvent[] {
    return within(this.#after.iterate(shardId, guildId, ...placeOf(after)), limit)
  }

  /** Events of all guilds after a place of the last page, by guild and position. */
  page(
    shardId: number,
    after: { readonly guildId: GuildId; readonly position: Position } | null,
    limit: Limit,
  ): ParkedEvent[] {
    const place = placeOf(after?.position ?? null)
    return within(this.#page.iterate(shardId, after?.guildId ?? '', ...place), limit)
  }

  /** What is parked of the shard, by guild. */
  spans(shardId: number): ParkedSpan[] {
    return this.#spans.all(shardId).map(({ guild_id, generation, seq, events, size }) => ({
      guildId: GuildId.parse(guild_id),
      through: { generation, seq },
      events,
      size,
    }))
  }

  /** Size of everything that is parked, UTF-16 units of payloads. */
  get size(): number {
    return this.#size.get()?.size ?? 0
  }

  /** Drops events up to a position, of each of the guilds. @returns by guild, what that freed */
  forget(shardId: number, spans: readonly Forgotten[]): ReadonlyMap<GuildId, Amount> {
    return this.#forgetAll(shardId, spans)
  }

  /** Drops events after a position. */
  forgetAfter(shardId: number, guildId: GuildId, after: Position | null): void {
    this.#forgetAfter.run(shardId, guildId, ...placeOf(after))
  }

  forgetShard(shardId: number): void {
    this.#forgetShard.run(shardId)
  }

  #park(shardId: number, event: ParkedEvent): boolean {
    const { guildId, position, previous, type, data, size, receivedAt } = event
    const { changes } = this.#insert.run(
      shardId,
      guildId,
      position.generation,
      position.seq,
      previous?.generation ?? null,
      previous?.seq ?? null,
      type,
      JSON.stringify(data),
      size,
      Math.round(receivedAt),
    )
    return changes > 0
  }
}

export interface Amount {
  readonly events: number
  readonly size: number
}
type Limit = Amount
const nothing: Amount = { events: 0, size: 0 }

type Forgotten = Pick<ParkedSpan, 'guildId' | 'through'>

interface Row {
  readonly guild_id: string
  readonly generation: number
  readonly seq: number
  readonly previous_generation: number | null
  readonly previous_seq: number | null
  readonly type: string
  readonly payload: string
  readonly size: number
  readonly received_at: number
}

interface SpanRow {
  readonly guild_id: string
  readonly generation: number
  readonly seq: number
  readonly events: number
  readonly size: number
}

/** Positions begin at generation 1, so this is before all of them. */
function placeOf(position: Position | null): [generation: number, seq: number] {
  return position ? [position.generation, position.seq] : [0, 0]
}

function within(rows: Iterable<Row>, limit: Limit): ParkedEvent[] {
  const events: ParkedEvent[] = []
  let size = 0
  for (const row of rows) {
    size += row.size
    if (events.length > 0 && (events.length >= limit.events || size > limit.size)) break
    events.push(eventOf(row))
  }
  return events
}

function eventOf(row: Row): ParkedEvent {
  const { generation, seq, previous_generation, previous_seq } = row
  return {
    guildId: GuildId.parse(row.guild_id),
    position: { generation, seq },
    previous:
      previous_generation === null || previous_seq === null
        ? null
        : { generation: previous_generation, seq: previous_seq },
    type: row.type,
    data: JSON.parse(row.payload) as unknown,
    size: row.size,
    receivedAt: row.received_at,
  }
}
