/** PostgreSQL could not be started; the message says why and what to do. */
export class PostgresStartError extends Error {
  constructor(message: string, options: ErrorOptions = {}) {
    super(message, options)
    this.name = 'PostgresStartError'
  }
}
