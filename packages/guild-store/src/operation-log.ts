import type { GuildId } from '@guildmesh/contracts'
import type { Database, Statement } from 'better-sqlite3'
import { z } from 'zod'

/** One numbered row change of a guild. */
export interface LoggedOperation {
  readonly seq: number
  readonly table: string
  readonly operation: 'put' | 'delete'
  /** The row by column name: after a put, before a delete. */
  readonly row: Readonly<Record<string, unknown>>
}

/** A guild's row changes, for whoever copies it while it runs. */
export class OperationLog {
  readonly #start: Statement<[string]>
  readonly #stop: Statement<[string]>
  readonly #trim: Statement<[string, number]>
  readonly #last: Statement<[string], { last_seq: number }>
  readonly #after: Statement<[string, number, number], StoredOperation>

  constructor(database: Database) {
    this.#start = database.prepare(`
      INSERT INTO operation_capture (guild_id, active, last_seq) VALUES (?, 1, 0)
      ON CONFLICT (guild_id) DO UPDATE SET active = 1`)
    this.#stop = database.prepare('UPDATE operation_capture SET active = 0 WHERE guild_id = ?')
    this.#trim = database.prepare('DELETE FROM operation_log WHERE guild_id = ? AND seq <= ?')
    this.#last = database.prepare('SELECT last_seq FROM operation_capture WHERE guild_id = ?')
    this.#after = database.prepare(`
      SELECT seq, table_name, operation, row FROM operation_log WHERE guild_id = ? AND seq > ? ORDER BY seq LIMIT ?`)
  }

  /** Begins to number the guild's changes; gives the number of the last one before. */
  follow(guildId: GuildId): number {
    this.#start.run(guildId)
    return this.#last.get(guildId)?.last_seq ?? 0
  }

  /** Changes after a number, in order. */
  after(guildId: GuildId, seq: number, limit: number): LoggedOperation[] {
    return this.#after.all(guildId, seq, limit).map((stored) => ({
      seq: stored.seq,
      table: stored.table_name,
      operation: stored.operation,
      row: Row.parse(JSON.parse(stored.row)),
    }))
  }

  /** Forgets changes up to a number that the follower has. */
  trim(guildId: GuildId, upTo: number): void {
    this.#trim.run(guildId, upTo)
  }

  /** Ends the numbering and forgets what is left. */
  unfollow(guildId: GuildId): void {
    this.#stop.run(guildId)
    this.#trim.run(guildId, Number.MAX_SAFE_INTEGER)
  }
}

const Row = z.record(z.string(), z.unknown())

interface StoredOperation {
  readonly seq: number
  readonly table_name: string
  readonly operation: 'put' | 'delete'
  readonly row: string
}
