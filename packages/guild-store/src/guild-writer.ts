import type { GuildId } from '@guildmesh/contracts'
import type { Database, Statement } from 'better-sqlite3'
import { type CursorState, type GuildReader, guildReader, type Statements } from './guild-reader.ts'
import type { RowChange } from './row-change.ts'

/** Writes rows of one guild inside one transaction, at the epoch that was checked when it began. */
export interface GuildWriter {
  readonly guildId: GuildId
  /** Epoch at which the guild is owned. */
  readonly epoch: number
  /** The guild's rows as this transaction sees them, its own changes included. */
  readonly reader: GuildReader
  /** Applies changes in order; gives the number of rows changed. */
  apply(changes: readonly RowChange[]): number
  moveCursor(state: CursorState): void
  /** Runs the body; if it throws, its changes are undone and the error is thrown on. May be nested. */
  savepoint<R>(body: () => R): R
}

/** The statements that only a writer needs. */
export class WriteStatements {
  readonly savepoint: Statement
  readonly release: Statement
  readonly rollbackTo: Statement
  readonly #ensureGuild: Statement<[string]>
  readonly #moveCursor: Statement

  constructor(database: Database) {
    this.savepoint = database.prepare('SAVEPOINT guild')
    this.release = database.prepare('RELEASE guild')
    this.rollbackTo = database.prepare('ROLLBACK TO guild')
    this.#ensureGuild = database.prepare('INSERT INTO guilds (guild_id) VALUES (?) ON CONFLICT DO NOTHING')
    this.#moveCursor = database.prepare(`
      INSERT INTO cursor (guild_id, generation, seq, shard_id, shard_count, shard_epoch, applied_at, event_lag_ms)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (guild_id) DO UPDATE SET generation = excluded.generation, seq = excluded.seq,
        shard_id = excluded.shard_id, shard_count = excluded.shard_count, shard_epoch = excluded.shard_epoch,
        applied_at = excluded.applied_at, event_lag_ms = excluded.event_lag_ms`)
  }

  ensureGuild(guildId: GuildId): void {
    this.#ensureGuild.run(guildId)
  }

  moveCursor(guildId: GuildId, state: CursorState): void {
    this.#moveCursor.run(
      guildId,
      state.position.generation,
      state.position.seq,
      state.shardId,
      state.shardCount,
      state.shardEpoch,
      state.appliedAt,
      Math.round(state.eventLagMs),
    )
  }
}

/** A writer that stops working when `close` is called, at the end of its transaction. */
export function guildWriter(
  owned: { readonly guildId: GuildId; readonly epoch: number },
  statements: Statements,
  write: WriteStatements,
): { readonly writer: GuildWriter; close(): void } {
  const { guildId, epoch } = owned
  let open = true
  let parentExists = false
  const assertOpen = () => {
    if (!open)
      throw new Error(`the transaction on guild ${guildId} has ended; its writer cannot be used later`)
  }
  const writer: GuildWriter = {
    guildId,
    epoch,
    reader: guildReader(guildId, statements, () => open),
    apply(changes) {
      assertOpen()
      let changed = 0
      for (const change of changes) {
        const needsParent = change.op === 'put' || change.op === 'insert' || change.table === 'guilds'
        if (needsParent && !parentExists) {
          write.ensureGuild(guildId)
          parentExists = true
        }
        changed += applyChange(statements, guildId, change)
        if (change.op === 'remove' && change.table === 'guilds') parentExists = false
      }
      return changed
    },
    moveCursor(state) {
      assertOpen()
      write.moveCursor(guildId, state)
    },
    savepoint(body) {
      assertOpen()
      const parentBefore = parentExists
      write.savepoint.run()
      try {
        const result = body()
        write.release.run()
        return result
      } catch (error) {
        parentExists = parentBefore
        undo(write)
        throw error
      }
    },
  }
  return {
    writer,
    close() {
      open = false
    },
  }
}

/** Takes back what was done since the last savepoint. SQLite itself may already have ended the transaction. */
export function undo(write: WriteStatements): void {
  if (!write.savepoint.database.inTransaction) return
  write.rollbackTo.run()
  write.release.run()
}

function applyChange(statements: Statements, guildId: GuildId, change: RowChange): number {
  const table = statements.on(change.table)
  switch (change.op) {
    case 'put':
    case 'insert':
      return table.insert(guildId, change.row, change.op === 'put')
    case 'update':
      return table.update(guildId, change.match, change.set)
    case 'add':
      return table.add(guildId, change.match, change.column, change.by)
    case 'remove':
      return table.remove(guildId, change.match)
    default:
      return change satisfies never
  }
}
