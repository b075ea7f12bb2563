import { MeshError } from '@guildmesh/contracts'
import { backoffMs, type Logger, sleep } from '@guildmesh/runtime'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { isTransient } from './connection-loss.ts'

/** Runs queries: the pool by itself, or one transaction. */
export type Queries = NodePgDatabase

/** What bounds a piece of work: a call has these, and so does a background loop. */
export interface WorkLimits {
  readonly signal: AbortSignal
  remainingMs(): number | null
}

export interface DatabaseOptions {
  readonly url: string
  readonly logger: Logger
  /** Most connections that this process opens. */
  readonly maxConnections?: number
}

/** Longest that work is tried again if its limits state no budget. Milliseconds. */
const defaultBudgetMs = 5000
/** A caller must still learn of the failure within its own budget. Milliseconds. */
const answerMarginMs = 100
const retryBackoff = { firstMs: 20, maxMs: 500, jitter: 'full' } as const

/**
 * PostgreSQL behind a pool. A connection that breaks, a server that restarts and a collision between transactions
 * are waited out within the caller's budget. If that is not enough the call fails with `Unavailable`; the service goes
 * on.
 *
 * Work may run more than once, also after a commit whose answer was lost: it must be written so that repeating it
 * does no harm (ids made before, compare-and-set, ON CONFLICT).
 */
export class Database implements AsyncDisposable {
  readonly #pool: pg.Pool
  readonly #queries: Queries
  readonly #logger: Logger

  constructor({ url, logger, maxConnections = 12 }: DatabaseOptions) {
    this.#logger = logger
    this.#pool = new pg.Pool({
      connectionString: url,
      max: maxConnections,
      connectionTimeoutMillis: 2000,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
      // Bound what a hung server can cost; the client's limit covers a network that swallows the answer.
      statement_timeout: 5000,
      query_timeout: 6000,
      idle_in_transaction_session_timeout: 10_000,
      application_name: 'guildmesh-config-api',
    })
    // A client that breaks while it is checked out emits an error, which would end the process if nobody listened (T8).
    this.#pool.on('connect', (client) => client.on('error', this.#onConnectionError))
    // Idle clients report to the pool as well.
    this.#pool.on('error', () => {})
    this.#queries = drizzle(this.#pool)
  }

  readonly #onConnectionError = (error: Error) => {
    // The error itself carries the whole client.
    if (this.#pool.ending) return
    this.#logger.warn(
      { event: 'postgres-connection-lost', reason: error.message },
      'lost a connection to PostgreSQL',
    )
  }

  /** Runs single statements, each its own transaction. @throws MeshError Unavailable */
  run<T>(work: (queries: Queries) => Promise<T>, limits: WorkLimits): Promise<T> {
    return this.#persist(() => work(this.#queries), limits)
  }

  /** Runs one READ COMMITTED transaction. @throws MeshError Unavailable */
  transact<T>(work: (queries: Queries) => Promise<T>, limits: WorkLimits): Promise<T> {
    return this.#persist(() => this.#transactOnce(work, 'BEGIN'), limits)
  }

  /** Runs reads that all see the same moment. @throws MeshError Unavailable */
  readSnapshot<T>(work: (queries: Queries) => Promise<T>, limits: WorkLimits): Promise<T> {
    return this.#persist(
      () => this.#transactOnce(work, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'),
      limits,
    )
  }

  /** Connections: in use and in all, for metrics. */
  get connections(): { readonly used: number; readonly open: number; readonly waiting: number } {
    const { totalCount, idleCount, waitingCount } = this.#pool
    return { used: totalCount - idleCount, open: totalCount, waiting: waitingCount }
  }

  async #transactOnce<T>(work: (queries: Queries) => Promise<T>, begin: string): Promise<T> {
    const client = await this.#pool.connect()
    let broken: Error | undefined
    try {
      await client.query(begin)
      const result = await work(drizzle(client))
      await client.query('COMMIT')
      return result
    } catch (error) {
      try {
        await client.query('ROLLBACK')
      } catch (rollbackError) {
        // The pool must not hand this connection out again.
        broken = rollbackError instanceof Error ? rollbackError : new Error('rollback failed')
      }
      throw error
    } finally {
      client.release(broken)
    }
  }

  async #persist<T>(work: () => Promise<T>, limits: WorkLimits): Promise<T> {
    const startedAt = performance.now()
    const budgetMs = (limits.remainingMs() ?? defaultBudgetMs) - answerMarginMs
    for (let failures = 1; ; failures += 1) {
      try {
        return await work()
      } catch (error) {
        if (!isTransient(error)) throw error
        const pauseMs = backoffMs(retryBackoff, failures, Math.random())
        const spentMs = performance.now() - startedAt
        if (limits.signal.aborted || spentMs + pauseMs >= budgetMs) {
          throw new MeshError(
            { kind: 'Unavailable', service: 'PostgreSQL', retryAfterMs: retryBackoff.maxMs },
            { cause: error },
          )
        }
        this.#logger.debug({ event: 'postgres-retry', err: error, failures }, 'retrying PostgreSQL work')
        await sleep(pauseMs, limits.signal)
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.end()
  }
}

/** Limits of background work: until the service ends, at most `budgetMs` a piece. */
export function backgroundLimits(signal: AbortSignal, budgetMs = defaultBudgetMs): WorkLimits {
  const startedAt = performance.now()
  return { signal, remainingMs: () => Math.max(0, budgetMs - (performance.now() - startedAt)) }
}
