import BetterSqlite3, { type Database } from 'better-sqlite3'

/** SQLite before this can corrupt a WAL database that has two connections (the WAL-reset bug). */
const oldestSqlite = '3.51.3'

export class SqliteTooOldError extends Error {
  constructor(found: string) {
    super(
      `SQLite ${found} is linked into better-sqlite3, but versions before ${oldestSqlite} can corrupt a database ` +
        'in WAL mode. Install the better-sqlite3 of the lockfile.',
    )
    this.name = 'SqliteTooOldError'
  }
}

/** Whether a SQLite version is free of the WAL-reset bug. */
export function isSafeSqlite(version: string): boolean {
  return version.localeCompare(oldestSqlite, 'en', { numeric: true }) >= 0
}

/**
 * A commit of a busy gateway writes some fifty pages, mostly the same ones as the commit before. With SQLite's 1,000 it
 * would copy them into the database, and wait for the disk, several times a second; this is 32 MB of log.
 */
const checkpointPages = 8000

/**
 * Opens the one connection that writes. FULL: a commit is on the disk before it is acknowledged; group commit makes
 * that cheap. No mmap: an I/O error then is an error code and not a signal that kills the process.
 */
export function openWriteDatabase(path: string): Database {
  const database = new BetterSqlite3(path)
  try {
    const version = database
      .prepare<[], { version: string }>('SELECT sqlite_version() AS version')
      .get()?.version
    if (!version || !isSafeSqlite(version)) throw new SqliteTooOldError(String(version))
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    database.pragma(`wal_autocheckpoint = ${checkpointPages}`)
    tune(database)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Opens a connection that SQLite itself keeps from writing. The writer must have created the file before. */
export function openReadDatabase(path: string): Database {
  const database = new BetterSqlite3(path, { readonly: true, fileMustExist: true })
  tune(database)
  return database
}

function tune(database: Database): void {
  database.pragma('busy_timeout = 5000')
  database.pragma('foreign_keys = ON')
  database.pragma('cache_size = -16384')
  database.pragma('temp_store = MEMORY')
  database.pragma('mmap_size = 0')
}
