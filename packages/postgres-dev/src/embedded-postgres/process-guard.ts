import { spawnSync } from 'node:child_process'
import { PostgresStartError } from './start-error.ts'

/** A program and its arguments. */
export type Command = readonly [program: string, ...args: string[]]

/** How programs of PostgreSQL are run on this machine. */
export interface ProcessGuard {
  /** For a program that ends by itself. */
  once(command: Command): Command
  /** For the server: it also ends when the process that started it does. */
  supervised(command: Command): Command
}

const nobody = '65534'
const asNobody: Command = ['unshare', '-U', `--map-user=${nobody}`, `--map-group=${nobody}`, '--']
/** SIGINT is PostgreSQL's fast shutdown: sessions end, the data is left clean. */
const endWithParent: Command = ['setpriv', '--pdeathsig', 'INT', '--']

/**
 * PostgreSQL refuses to run as root, so root runs it as nobody in a user namespace of its own: no system user is
 * made, and files keep their owner. The kernel ends the server when its parent dies, by whatever death.
 * @param uid the user id of this process; `undefined` if the platform has none
 * @throws PostgresStartError if this process is root and may not make user namespaces
 */
export function chooseProcessGuard(uid: number | undefined): ProcessGuard {
  const supervise = works([...endWithParent, 'true']) ? endWithParent : []
  if (uid !== 0) {
    return { once: (command) => command, supervised: (command) => wrap(supervise, command) }
  }
  if (!works([...asNobody, 'true'])) {
    throw new PostgresStartError(
      'PostgreSQL does not run as root, and this machine lets root make no user namespace to run it as nobody. Run guildmesh as an ordinary user, or set DATABASE_URL to a running PostgreSQL 16 or newer.',
    )
  }
  return {
    once: (command) => wrap(asNobody, command),
    supervised: (command) => wrap(asNobody, wrap(supervise, command)),
  }
}

function wrap(prefix: readonly string[], command: Command): Command {
  const [program, ...args] = [...prefix, ...command]
  return program === undefined ? command : [program, ...args]
}

function works([program, ...args]: Command): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0
}
