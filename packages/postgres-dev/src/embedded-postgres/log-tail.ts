import { createInterface } from 'node:readline'
import { PostgresStartError } from './start-error.ts'

/** The part of a logger that is needed: a whole pino logger fits. */
export interface EmbeddedPostgresLog {
  debug(fields: Record<string, unknown>, message: string): void
  info(fields: Record<string, unknown>, message: string): void
}

/** Passes the server's log on, and keeps its end for the message of a failed start. */
export class LogTail {
  readonly #logger: EmbeddedPostgresLog
  readonly #lines: string[] = []

  constructor(logger: EmbeddedPostgresLog) {
    this.#logger = logger
  }

  follow(stream: NodeJS.ReadableStream): void {
    createInterface({ input: stream }).on('line', (line) => {
      this.#lines.push(line)
      if (this.#lines.length > 30) this.#lines.shift()
      this.#logger.debug({ event: 'postgres-log', line }, 'PostgreSQL')
    })
  }

  error(what: string): PostgresStartError {
    const said = this.#lines.length > 0 ? `Its last lines:\n${this.#lines.join('\n')}` : 'It said nothing.'
    return new PostgresStartError(
      `${what} ${said}\nIf you do not need the data, remove the data folder; or set DATABASE_URL to a running PostgreSQL 16 or newer.`,
    )
  }
}
