import BetterSqlite3 from 'better-sqlite3'

/** Codes of failures of the database or its disk, which concern the writes of every guild. */
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
 * Whether an error concerns the database itself (disk full, input/output error, …) rather than of what was written.
 * Such an error fails the whole group of writes and is never blamed on an event.
 */
export function isStoreFault(error: unknown): boolean {
  return error instanceof BetterSqlite3.SqliteError && faults.some((code) => error.code.startsWith(code))
}
