import type { GuildId } from '@guildmesh/contracts'
import type { Database, Statement } from 'better-sqlite3'
import type { Statements } from './guild-reader.ts'
import { type GuildWriter, guildWriter, undo, WriteStatements } from './guild-writer.ts'
import type { Ownership } from './ownership/ownership.ts'
import { admit, type Refusal } from './ownership/ownership-row.ts'
import { isStoreFault } from './sqlite/store-fault.ts'

/** Something to do with one guild in one transaction. */
export interface GuildWork<R = unknown> {
  readonly guildId: GuildId
  /** Epoch at which the caller believes this gateway owns the guild; `null`: whichever is current. */
  readonly epoch: number | null
  /** Synchronous: what it writes is committed with its result, or not at all. */
  run(writer: GuildWriter): R
}

/** What became of one piece of work. */
export type WorkOutcome<R = unknown> =
  | { readonly kind: 'done'; readonly value: R }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** The work threw, and its changes were undone. The others of the group are not touched. */
  | { readonly kind: 'failed'; readonly error: unknown }

/** Group commit: many guilds' work in one transaction, a savepoint each. */
export class Transactor {
  readonly #ownership: Ownership
  readonly #statements: Statements
  readonly #write: WriteStatements
  readonly #begin: Statement
  readonly #commit: Statement
  readonly #rollback: Statement

  constructor(database: Database, ownership: Ownership, statements: Statements) {
    this.#ownership = ownership
    this.#statements = statements
    this.#write = new WriteStatements(database)
    this.#begin = database.prepare('BEGIN IMMEDIATE')
    this.#commit = database.prepare('COMMIT')
    this.#rollback = database.prepare('ROLLBACK')
  }

  /**
   * Runs the works in order and commits them together. Each checks `guild_own` inside the transaction, so nothing
   * commits past a fence. When this returns, all `done` works are on the disk.
   *
   * @throws SqliteError if the database itself fails (disk full, …): then nothing of the group was committed
   */
  transact<R>(works: readonly GuildWork<R>[]): WorkOutcome<R>[] {
    this.#begin.run()
    try {
      const outcomes = works.map((work) => this.#runOne(work))
      this.#commit.run()
      return outcomes
    } catch (error) {
      // SQLite ends the transaction itself on some errors.
      if (this.#begin.database.inTransaction) this.#rollback.run()
      throw error
    }
  }

  #runOne<R>(work: GuildWork<R>): WorkOutcome<R> {
    const row = this.#ownership.findInTransaction(work.guildId)
    const refusal = admit(row, work.epoch, 'write')
    if (refusal || !row) return { kind: 'refused', refusal: refusal ?? { kind: 'NotOwner', knownEpoch: 0 } }
    const opened = guildWriter(row, this.#statements, this.#write)
    this.#write.savepoint.run()
    try {
      const value = work.run(opened.writer)
      this.#write.release.run()
      return { kind: 'done', value }
    } catch (error) {
      if (isStoreFault(error)) throw error
      undo(this.#write)
      return { kind: 'failed', error }
    } finally {
      opened.close()
    }
  }
}
