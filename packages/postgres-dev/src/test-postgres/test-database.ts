import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { templateDatabase } from './test-server.ts'

/** A database of its own for a test file, with every migration. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string
  /** Runs SQL beside what is tested. */
  query<R extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<R[]>
  /** A connection of its own, for transactions that stay open. */
  session(): Promise<TestSession>
  /** Ends every other session of this database, as a restart of the server would. */
  killConnections(): Promise<number>
}

export interface TestSession extends AsyncDisposable {
  query(sql: string): Promise<unknown>
}

/** Clones the template of the run's test server. Needs a `globalSetup` made with `serveTestPostgres`. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = inject('testPostgresUrl')
  const name = `test_${randomBytes(6).toString('hex')}`
  const server = new pg.Client({ connectionString: serverUrl })
  await server.connect()
  // Two clones of one template cannot be made at once.
  await server.query(`SELECT pg_advisory_lock(hashtext('clone'))`)
  await server.query(`CREATE DATABASE ${name} TEMPLATE ${templateDatabase}`)
  await server.query(`SELECT pg_advisory_unlock(hashtext('clone'))`)
  const url = serverUrl.replace('///postgres?', `///${name}?`)
  const pool = new pg.Pool({ connectionString: url, max: 2, application_name: 'test' })
  pool.on('error', () => {})
  return {
    url,
    async query(sql, values) {
      const { rows } = await pool.query(sql, values ? [...values] : undefined)
      return rows
    },
    async session() {
      const client = new pg.Client({ connectionString: url, application_name: 'test' })
      client.on('error', () => {})
      await client.connect()
      return { query: (sql) => client.query(sql), [Symbol.asyncDispose]: () => client.end() }
    },
    async killConnections() {
      const { rows } = await server.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = $1 AND application_name <> 'test'`,
        [name],
      )
      return rows.length
    },
    async [Symbol.asyncDispose]() {
      await pool.end()
      await server.query(`DROP DATABASE ${name} WITH (FORCE)`)
      await server.end()
    },
  }
}
