import BetterSqlite3 from 'better-sqlite3'

/** Another process has the gateway's volume. */
export class VolumeInUseError extends Error {
  constructor(path: string) {
    super(
      `another process has the gateway database ${path} open (its lock ${path}.lock is held). ` +
        'Stop that process, or give this gateway a path of its own (GATEWAY_DB_PATH).',
    )
    this.name = 'VolumeInUseError'
  }
}

/**
 * Takes the volume for this process. Node has no flock, but SQLite's own lock is one that the kernel frees with the
 * process, however it ends: so holding it proves that no other incarnation of this gateway runs on the volume.
 *
 * @throws VolumeInUseError
 */
export function lockVolume(path: string): Disposable {
  const lock = new BetterSqlite3(`${path}.lock`, { timeout: 0 })
  try {
    lock.pragma('journal_mode = DELETE')
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    throw error instanceof BetterSqlite3.SqliteError && error.code.startsWith('SQLITE_BUSY')
      ? new VolumeInUseError(path)
      : error
  }
  return { [Symbol.dispose]: () => lock.close() }
}
