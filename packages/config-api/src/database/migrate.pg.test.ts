import { getTableColumns, getTableName, is } from 'drizzle-orm'
import { PgTable } from 'drizzle-orm/pg-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '@guildmesh/postgres-dev/test-postgres'
import { findMigrations, migrate, readMigrations } from './migrate.ts'
import * as schema from './schema.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(async () => {
  await database[Symbol.asyncDispose]()
})

const migrations = readMigrations(findMigrations())

async function empty(): Promise<void> {
  await database.query('DROP SCHEMA public CASCADE')
  await database.query('CREATE SCHEMA public')
}

test('replicas that start together bring an empty database up to date once', async () => {
  await empty()
  const applied = await Promise.all(Array.from({ length: 5 }, () => migrate(database.url, migrations)))
  expect(applied.flat()).toEqual(migrations.map(({ name }) => name))
  expect(await migrate(database.url, migrations)).toEqual([])
})

test('a migration that was edited after it was applied stops the start', async () => {
  const edited = migrations.map((migration) => Object.assign({}, migration, { sha256: 'other' }))
  await expect(migrate(database.url, edited)).rejects.toThrow(/never edited/)
})

test('a migration that fails leaves nothing of itself', async () => {
  const broken = { name: '0999_broken.sql', sql: 'CREATE TABLE half (); SELECT nonsense', sha256: 'x' }
  await expect(migrate(database.url, [...migrations, broken])).rejects.toThrow(/nonsense/)
  expect(await database.query(`SELECT to_regclass('half') AS half`)).toEqual([{ half: null }])
})

test('a newer database, whose migrations this version does not know, is left as it is', async () => {
  await database.query(`INSERT INTO schema_migrations (name, sha256) VALUES ('9999_future.sql', 'x')`)
  expect(await migrate(database.url, migrations)).toEqual([])
})

const tables = Object.values(schema).filter((value) => is(value, PgTable))

test('every table of the schema is there', () => {
  expect(tables.length).toBeGreaterThan(10)
})

test.each(tables.map((table) => [getTableName(table), table] as const))(
  'queries name the columns of %s as the migrations make them',
  async (name, table) => {
    const columns = await database.query<{ column_name: string; is_nullable: string; data_type: string }>(
      `SELECT column_name, is_nullable, data_type FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1`,
      [name],
    )
    const made = columns.map(({ column_name, is_nullable, data_type }) =>
      [column_name, data_type, is_nullable === 'NO' ? 'not null' : 'null'].join(' '),
    )
    const queried = Object.values(getTableColumns(table)).map((column) =>
      [
        column.name,
        column.getSQLType().replace(/^timestamp.*/, 'timestamp with time zone'),
        column.notNull ? 'not null' : 'null',
      ].join(' '),
    )
    expect(made.toSorted()).toEqual(queried.toSorted())
  },
)
