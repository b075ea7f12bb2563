import BetterSqlite3 from 'better-sqlite3'

/** Codes that mean: the database or its disk is the trouble, and every guild's writes with it. */
const faults = [
  'SQLITE_FULL',
  'SQLITE_IOERR',
  'SQLITE_CORRUPT',
  'SQLITE_NOTADB',
  'SQLITE_NOMEM',
  'SQLITE_BUSY',
  'SQLITE_READONLY',
  'SQLITE_CANTOPEN',
  'SQLITE_PROTOCOL',
]

/**
 * Whether an error speaks of the database itself (disk full, input/output error, …) rather than of what was written.
 * Such an error fails the whole group of writes and is never blamed on an event.
 */
export function isStoreFault(error: unknown): boolean {
  return error instanceof BetterSqlite3.SqliteError && faults.some((code) => error.code.startsWith(code))
}
