import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { z } from 'zod'

/** One file of `migrations/`: `0001_mesh.sql`. */
export interface Migration {
  readonly name: string
  readonly sql: string
  readonly sha256: string
}

/** The database and this program do not fit together; the message says what to do. */
class MigrationError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'MigrationError'
  }
}

/** The folder of migrations: beside the bundle, or at the package's root when run from its source. */
export function findMigrations(): string {
  const candidates = ['./migrations', '../../migrations'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  )
  const found = candidates.find((path) => existsSync(join(path, '0001_mesh.sql')))
  if (found) return found
  throw new MigrationError(`No migrations in ${candidates.join(' or ')}. Build the service again.`)
}

/** Reads the migrations of a folder in their order. */
export function readMigrations(folder: string): Migration[] {
  return readdirSync(folder)
    .filter((name) => /^[0-9]{4}_[a-z0-9_]+\.sql$/.test(name))
    .toSorted()
    .map((name) => {
      const sql = readFileSync(join(folder, name), 'utf8')
      return { name, sql, sha256: createHash('sha256').update(sql).digest('hex') }
    })
}

const Applied = z.object({ name: z.string(), sha256: z.string() })

/**
 * Brings the database to this version's schema. Replicas that start together take turns by an advisory lock. A
 * database that is newer is left as it is: migrations only add, so version N−1 runs on N's schema (0007 is the one
 * exception: no mesh has run the schema before it).
 * @returns names of the migrations that were applied now
 * @throws MigrationError if a migration that was applied reads differently by now
 */
export async function migrate(url: string, migrations: readonly Migration[]): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 })
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query(`SELECT pg_advisory_lock(hashtext('guildmesh.migrations'))`)
    await client.query(
      `CREATE TABLE IF NOT EXISTS schema_migrations (
        name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
      )`,
    )
    const { rows } = await client.query('SELECT name, sha256 FROM schema_migrations')
    const applied = new Map(rows.map((row) => Applied.parse(row)).map(({ name, sha256 }) => [name, sha256]))
    const fresh: string[] = []
    for (const migration of migrations) {
      const known = applied.get(migration.name)
      if (known === undefined) {
        await apply(client, migration)
        fresh.push(migration.name)
      } else if (known !== migration.sha256) {
        throw new MigrationError(
          `Migration ${migration.name} was applied to this database in another wording. Migrations are never edited: restore the file and add a new one.`,
        )
      }
    }
    return fresh
  } finally {
    // Ends the session, and with it the lock.
    await client.end()
  }
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  await client.query('BEGIN')
  try {
    await client.query(migration.sql)
    await client.query('INSERT INTO schema_migrations (name, sha256) VALUES ($1, $2)', [
      migration.name,
      migration.sha256,
    ])
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}
