import type { Database } from 'better-sqlite3'
import { installOperationTriggers } from '../operation-triggers.ts'
import { guildData } from './0001-guild-data.ts'
import { eventChains } from './0002-event-chains.ts'
import { mountedInbox } from './0003-mounted-inbox.ts'
import { outboxConfirmation } from './0004-outbox-confirmation.ts'
import { heldShards } from './0005-held-shards.ts'
import { backfillMarks } from './0006-backfill-marks.ts'
import { eventDeadLetters } from './0007-event-dead-letters.ts'
import type { Migration } from './migration.ts'

/** All steps, in order. A step that has been released is never edited; the next one corrects it. */
export const migrations: readonly Migration[] = [
  guildData,
  eventChains,
  mountedInbox,
  outboxConfirmation,
  heldShards,
  backfillMarks,
  eventDeadLetters,
]

/** The database was written by a later version of the software. Opening it would lose what that one added. */
export class SchemaTooNewError extends Error {
  constructor(path: string, found: number, known: number) {
    super(
      `the database ${path} has schema version ${found}, but this version of guildmesh knows up to ${known}. ` +
        'Start the newer version again, or restore a copy from before the upgrade.',
    )
    this.name = 'SchemaTooNewError'
  }
}

/** Brings the database to the newest schema in one transaction; the version is SQLite's `user_version`. */
export function migrate(database: Database, steps: readonly Migration[] = migrations): void {
  const bringUp = database.transaction(() => {
    const found = Number(database.pragma('user_version', { simple: true }))
    if (found > steps.length) throw new SchemaTooNewError(database.name, found, steps.length)
    for (const step of steps.slice(found)) {
      database.exec(step.sql)
      database.pragma(`user_version = ${step.version}`)
    }
    installOperationTriggers(database)
  })
  bringUp.immediate()
}
