import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import pg from 'pg'
import { findPostgresBinaries } from './binaries.ts'
import { prepareDataFolder, superuser } from './data-folder.ts'
import { type EmbeddedPostgresLog, LogTail } from './log-tail.ts'
import { chooseProcessGuard, type Command } from './process-guard.ts'

export interface EmbeddedPostgresOptions {
  /** Folder of the data; created if it is missing, and kept afterwards. */
  readonly dataDir: string
  readonly logger: EmbeddedPostgresLog
  /** Settings of the server beside or instead of the defaults, such as `{ fsync: 'off' }`. */
  readonly settings?: Readonly<Record<string, string>>
  /** Name of the database that `url` names; created if it is missing. */
  readonly database?: string
}

export interface EmbeddedPostgres extends AsyncDisposable {
  /** Connection string of the database. */
  readonly url: string
  /** Connection string of another database on the same server. */
  urlOf(database: string): string
  /** Process id of the server. */
  readonly pid: number
  /** Rejects when the server ends without having been stopped. */
  readonly failed: Promise<never>
  /** Fast shutdown; the data stays. */
  stop(): Promise<void>
}

const startTimeoutMs = 20_000
const stopTimeoutMs = 10_000

/**
 * Starts a real PostgreSQL from the npm binaries. It listens on a Unix socket in a folder that only this user can
 * enter, and on no network port: so it needs no password, and no port can be taken.
 * @throws PostgresStartError with what happened, the server's last lines, and what to do
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir)
  const binaries = findPostgresBinaries(process.platform, process.arch)
  const guard = chooseProcessGuard(process.getuid?.())
  await prepareDataFolder(binaries, guard, dataDir)

  const socket = openSocketFolder(dataDir)
  const tail = new LogTail(options.logger)
  const server = launch(
    guard.supervised([binaries.postgres, ...serverArguments(dataDir, socket.folder, options.settings ?? {})]),
    tail,
  )
  const urlOf = (database: string) =>
    `postgresql:///${encodeURIComponent(database)}?host=${encodeURIComponent(socket.folder)}&user=${superuser}`
  const database = options.database ?? 'guildmesh'
  try {
    await waitUntilServing(server, urlOf('postgres'), tail)
    await ensureDatabase(urlOf('postgres'), database)
  } catch (error) {
    await end(server)
    socket.remove()
    throw error
  }
  options.logger.info({ event: 'postgres-started', dataDir, pid: server.pid }, 'started PostgreSQL')

  let stopping = false
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => {})
  server.once('exit', (code, signal) => {
    socket.remove()
    if (!stopping) failed.reject(tail.error(`PostgreSQL ended by itself (${signal ?? `code ${code}`}).`))
  })
  const stop = async () => {
    stopping = true
    await end(server)
    socket.remove()
  }
  return {
    url: urlOf(database),
    urlOf,
    pid: server.pid ?? 0,
    failed: failed.promise,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** A socket's path may have 107 bytes, so a data folder deep in the tree gets a socket folder elsewhere. */
function openSocketFolder(dataDir: string): { folder: string; remove(): void } {
  const longestName = '/.s.PGSQL.5432.lock'
  if (Buffer.byteLength(dataDir + longestName) <= 107) return { folder: dataDir, remove: () => {} }
  const folder = mkdtempSync(join(tmpdir(), 'guildmesh-pg-'))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

function serverArguments(
  dataDir: string,
  socketFolder: string,
  settings: Readonly<Record<string, string>>,
): string[] {
  const all = {
    listen_addresses: '',
    unix_socket_directories: socketFolder,
    unix_socket_permissions: '0700',
    shared_buffers: '32MB',
    max_connections: '100',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...settings,
  }
  return ['-D', dataDir, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

function launch([program, ...args]: Command, tail: LogTail): ChildProcess {
  // A process group of its own: Ctrl-C in the terminal must not reach it, because its starter ends it after its clients.
  const server = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true })
  // An error here means that the program could not be run; 'exit' does not follow then.
  server.once('error', (error) => server.emit('exit', null, error.message))
  tail.follow(server.stderr)
  return server
}

async function waitUntilServing(server: ChildProcess, url: string, tail: LogTail): Promise<void> {
  const ended = new AbortController()
  const onExit = (code: number | null, signal: string | null) =>
    ended.abort(tail.error(`PostgreSQL did not start (${signal ?? `code ${code}`}).`))
  server.once('exit', onExit)
  const deadline = AbortSignal.any([ended.signal, AbortSignal.timeout(startTimeoutMs)])
  try {
    while (!(await answers(url))) {
      if (ended.signal.aborted) throw ended.signal.reason
      if (deadline.aborted) throw tail.error(`PostgreSQL did not answer within ${startTimeoutMs / 1000} s.`)
      await new Promise((wake) => setTimeout(wake, 20))
    }
  } finally {
    server.off('exit', onExit)
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.end()
    return true
  } catch {
    return false
  }
}

async function ensureDatabase(url: string, database: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database])
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}`)
  } finally {
    await client.end()
  }
}

async function end(server: ChildProcess): Promise<void> {
  const neverRan = server.pid === undefined
  if (neverRan || server.exitCode !== null || server.signalCode !== null) return
  const exited = once(server, 'exit')
  server.kill('SIGINT')
  // SIGQUIT ends the sessions at once; the next start replays the log.
  const timer = setTimeout(() => server.kill('SIGQUIT'), stopTimeoutMs)
  await exited
  clearTimeout(timer)
}
