import { startEmbeddedPostgres } from '@guildmesh/postgres-dev'
import type { Launch } from './launch-node.ts'
import type { ProcessExit } from './restart-decision.ts'

export interface PostgresProcessOptions {
  readonly dataDir: string
  /** Gets the connection string each time the server has started. */
  readonly onUrl: (url: string) => void
}

/** Starts the PostgreSQL from npm the way the other processes are started. */
export function launchPostgres({ dataDir, onUrl }: PostgresProcessOptions): Launch {
  return async (onLine) => {
    const postgres = await startEmbeddedPostgres({
      dataDir,
      logger: {
        debug: (fields, message) => onLine(logRecord(fields, message)),
        info: (fields, message) => onLine(JSON.stringify({ level: 'info', msg: message, ...fields })),
      },
    })
    onUrl(postgres.url)
    const exited = Promise.withResolvers<ProcessExit>()
    postgres.failed.catch((error: unknown) => {
      const [note = ''] = String(error instanceof Error ? error.message : error).split('\n')
      exited.resolve({ code: null, signal: null, note })
    })
    const stop = async () => {
      await postgres.stop()
      exited.resolve({ code: 0, signal: null })
    }
    return {
      pid: postgres.pid,
      exited: exited.promise,
      signal(name) {
        // An orderly shutdown goes through the server's owner, which knows PostgreSQL's signals.
        if (name === 'SIGTERM' || name === 'SIGINT') void stop()
        else killQuietly(postgres.pid, name)
      },
    }
  }
}

/** What PostgreSQL answers every client while it starts and stops; the clients log it as well, and retry. */
const passing =
  /the database system is (?:not yet accepting|starting up|shutting down|in recovery)|due to administrator command/

/** A line of PostgreSQL's log as a record. Its routine `LOG` lines are debug output here. */
function logRecord(fields: Record<string, unknown>, message: string): string {
  const line = typeof fields['line'] === 'string' ? fields['line'] : message
  const isProblem = /\b(?:PANIC|FATAL|ERROR|WARNING): /.test(line) && !passing.test(line)
  return JSON.stringify({ level: isProblem ? 'warn' : 'debug', msg: line })
}

function killQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has already exited.
  }
}
