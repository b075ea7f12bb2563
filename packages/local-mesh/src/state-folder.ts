import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Another launcher is using the folder. */
export class StateFolderBusyError extends Error {
  constructor(folder: string, pid: number) {
    super(
      `Another guildmesh (process ${pid}) is using ${folder}. Stop it with Ctrl-C in its terminal or with "kill ${pid}", then try again.`,
    )
    this.name = 'StateFolderBusyError'
  }
}

/** Where a local mesh keeps what outlives a run: databases and secrets. */
export interface StateFolder extends Disposable {
  readonly path: string
  /** The data folder of PostgreSQL; short enough for a Unix socket inside, and the same for the whole run. */
  readonly postgresDir: string
  /** Secrets of 256 bits, created on first use and kept. */
  readonly secrets: MeshSecrets
  /** Records which processes run, for people and for `npm run memory`; deleted when the launcher ends. */
  notePids(pids: ReadonlyMap<string, number>): void
  /** The SQLite file of a gateway. */
  gatewayDatabase(gatewayId: string): string
}

export interface MeshSecrets {
  /** Proves that a process belongs to this mesh. */
  readonly join: string
  /** Encrypts what the edges store of sessions. */
  readonly session: string
  /** An operator's token for the admin API. */
  readonly operator: string
}

/** A Unix socket's path may have 107 bytes; PostgreSQL's own part takes 19. */
const longestSocketFolder = 88

/**
 * Opens the state folder for one launcher.
 * @param fresh delete what earlier runs left
 * @throws StateFolderBusyError
 */
export function openStateFolder(path: string, fresh: boolean): StateFolder {
  const lockFile = join(path, 'launcher.pid')
  const holder = existsSync(lockFile) ? Number(readFileSync(lockFile, 'utf8')) : null
  if (holder !== null && holder !== process.pid && isLauncher(holder))
    throw new StateFolderBusyError(path, holder)
  if (fresh) rmSync(path, { recursive: true, force: true })
  mkdirSync(join(path, 'gateways'), { recursive: true, mode: 0o700 })
  writeFileSync(lockFile, String(process.pid))

  const pidsFile = join(path, 'processes.json')
  const realPostgresDir = join(path, 'postgres')
  const alias = Buffer.byteLength(realPostgresDir) > longestSocketFolder ? aliasOf(realPostgresDir) : null
  return {
    path,
    postgresDir: alias?.path ?? realPostgresDir,
    secrets: keepSecrets(join(path, 'secrets.json')),
    notePids: (pids) => writeFileSync(pidsFile, JSON.stringify(Object.fromEntries(pids), null, 2)),
    gatewayDatabase(gatewayId) {
      const folder = join(path, 'gateways', gatewayId)
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      return join(folder, 'mod-bot.sqlite3')
    },
    [Symbol.dispose]() {
      alias?.remove()
      rmSync(pidsFile, { force: true })
      rmSync(lockFile, { force: true })
    },
  }
}

function keepSecrets(file: string): MeshSecrets {
  const fresh: MeshSecrets = {
    join: randomBytes(32).toString('hex'),
    session: randomBytes(32).toString('hex'),
    operator: `gmop_${randomBytes(32).toString('base64url')}`,
  }
  const kept: Partial<MeshSecrets> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  const secrets = { ...fresh, ...kept }
  writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 })
  return secrets
}

/** A short name for a folder deep in the tree. */
function aliasOf(folder: string): { path: string; remove(): void } {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const home = mkdtempSync(join(tmpdir(), 'guildmesh-'))
  const path = join(home, 'pg')
  symlinkSync(folder, path, 'dir')
  return { path, remove: () => rmSync(home, { recursive: true, force: true }) }
}

/** Another program may have the process id of a dead launcher by now, so the name counts as well if the system tells it. */
function isLauncher(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('node')
  } catch {
    return true
  }
}
