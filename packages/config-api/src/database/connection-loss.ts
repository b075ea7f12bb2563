import pg from 'pg'

/** Codes of Node's sockets that say that the server is away, not that the request was wrong. */
const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOENT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])

/**
 * PostgreSQL's codes after which the same transaction may succeed: connection exceptions (08…), shutdown and
 * recovery (57P01–57P03), too many connections (53300), a statement cancelled by its time limit (57014), no lock in
 * time (55P03), serialisation failure and deadlock (40001, 40P01).
 * Source: https://www.postgresql.org/docs/16/errcodes-appendix.html
 */
const retriableStates = /^(08...|57P0[123]|53300|57014|55P03|40001|40P01)$/

/** Messages of the pg library for a connection that went away; it gives them no code. */
const lostConnection =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query read timeout|not queryable/i

/**
 * Whether an error says that PostgreSQL was away, or that the transaction collided with another: both may be tried
 * again. Looks through the causes, since drizzle wraps what pg throws.
 */
export function isTransient(error: unknown): boolean {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current instanceof pg.DatabaseError) return retriableStates.test(current.code ?? '')
    if ('code' in current && typeof current.code === 'string' && networkCodes.has(current.code)) return true
    if (current instanceof AggregateError && current.errors.length > 0 && current.errors.every(isTransient))
      return true
    if (lostConnection.test(current.message)) return true
  }
  return false
}
