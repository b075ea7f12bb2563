import { GuildId, type Position } from '@guildmesh/contracts'
import type { Database, Statement } from 'better-sqlite3'
import type { InboxKind } from './schema/work-tables.ts'

/** An event that listeners of mounted modules have not received or not finished with. */
export interface InboxEvent {
  readonly position: Position
  readonly kind: InboxKind
  readonly type: string
  readonly data: unknown
}

/** What waits in `mounted_inbox`. Its rows are written and removed through a guild's writer like all others. */
export class InboxQueries {
  readonly #after: Statement<[string, number, number, number], InboxRow>
  readonly #guilds: Statement<[], { guild_id: string }>
  readonly #depth: Statement<[], { n: number }>

  constructor(database: Database) {
    this.#after = database.prepare(`
      SELECT generation, seq, kind, type, payload FROM mounted_inbox JOIN guild_own USING (guild_id)
      WHERE guild_id = ? AND role = 'active' AND (generation, seq) > (?, ?)
      ORDER BY generation, seq LIMIT ?`)
    this.#guilds = database.prepare(`
      SELECT DISTINCT guild_id FROM mounted_inbox JOIN guild_own USING (guild_id) WHERE role = 'active'`)
    this.#depth = database.prepare('SELECT count(*) AS n FROM mounted_inbox')
  }

  /** Events of a served guild after a position (`null`: from the first), oldest first. */
  after(guildId: GuildId, position: Position | null, limit: number): InboxEvent[] {
    return this.#after
      .all(guildId, position?.generation ?? -1, position?.seq ?? -1, limit)
      .map(({ generation, seq, kind, type, payload }) => ({
        position: { generation, seq },
        kind,
        type,
        data: JSON.parse(payload) as unknown,
      }))
  }

  /** Served guilds with events. */
  guilds(): GuildId[] {
    return this.#guilds.all().map((row) => GuildId.parse(row.guild_id))
  }

  /** Events of all guilds together. */
  depth(): number {
    return this.#depth.get()?.n ?? 0
  }
}

interface InboxRow {
  readonly generation: number
  readonly seq: number
  readonly kind: InboxKind
  readonly type: string
  readonly payload: string
}
