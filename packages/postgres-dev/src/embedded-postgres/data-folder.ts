import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { PostgresBinaries } from './binaries.ts'
import type { ProcessGuard } from './process-guard.ts'
import { PostgresStartError } from './start-error.ts'

/** The superuser of every embedded PostgreSQL. It has no password: only this user can enter the socket's folder. */
export const superuser = 'guildmesh'

/**
 * Makes the data folder if there is none, and refuses one on which a server runs.
 * @throws PostgresStartError
 */
export async function prepareDataFolder(
  binaries: PostgresBinaries,
  guard: ProcessGuard,
  dataDir: string,
): Promise<void> {
  if (!existsSync(join(dataDir, 'PG_VERSION'))) await initialise(binaries, guard, dataDir)
  refuseSecondServer(dataDir)
}

async function initialise(binaries: PostgresBinaries, guard: ProcessGuard, dataDir: string): Promise<void> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const [program, ...args] = guard.once([
    binaries.initdb,
    `--pgdata=${dataDir}`,
    `--username=${superuser}`,
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C',
    '--no-instructions',
    // There is nothing to lose yet, and syncing a thousand files takes seconds on a busy disk.
    '--no-sync',
  ])
  const initdb = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  initdb.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const [code] = await once(initdb, 'close')
  if (code !== 0) {
    throw new PostgresStartError(
      `The data folder ${dataDir} could not be prepared for PostgreSQL:\n${said.trim()}\nThe folder must be empty and writable, and its disk must have 60 MB free.`,
    )
  }
}

/** A lock file of a server that was killed names a process id that may be another program's by now. */
function refuseSecondServer(dataDir: string): void {
  const lockFile = join(dataDir, 'postmaster.pid')
  if (!existsSync(lockFile)) return
  const pid = Number.parseInt(readFileSync(lockFile, 'utf8'), 10)
  if (commandOf(pid) !== 'postgres') {
    rmSync(lockFile)
    return
  }
  throw new PostgresStartError(
    `A PostgreSQL (process ${pid}) already runs on ${dataDir}. Stop what started it (another guildmesh in this folder?), then try again.`,
  )
}

function commandOf(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch {
    return null
  }
}
