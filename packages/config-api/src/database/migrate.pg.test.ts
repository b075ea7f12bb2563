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

test("the field's words keep what the tables hold, and make a closed list of the reasons of data losses", async () => {
  await empty()
  const before = migrations.findIndex(({ name }) => name.startsWith('0007'))
  await migrate(database.url, migrations.slice(0, before))
  await database.query(`INSERT INTO gateways
    (gateway_id, registration, address, region, version, capacity, status, rest_life, requests_share, requests_floor)
    VALUES ('gateway-0', 1, 'ws://g:3000', 'r', '1', 10, 'active', 'p', 300, 120)`)
  await database.query(`INSERT INTO gaps (shard_id, guild_id, generation_before, hole_after_seq, last_seq, reason) VALUES
    (0, '', 1, 0, 5, 'Discord ended the session (op 9)'),
    (0, '', 2, 0, 5, 'Discord ended the session (close code 4009)'),
    (0, '', 3, 0, 5, 'the socket closed (code 1006), and RESUME keeps failing'),
    (0, '', 4, 0, 5, 'Discord ended the session'),
    (0, '100000000000000001', 4, 3, 3, 'the owner lacks events that the holder no longer has')`)
  await migrate(database.url, migrations)
  expect(await database.query('SELECT after_seq, reason FROM gap_ledger ORDER BY loss_id')).toEqual([
    { after_seq: '0', reason: 'invalid-session' },
    { after_seq: '0', reason: 'session-closed' },
    { after_seq: '0', reason: 'resume-failed' },
    { after_seq: '0', reason: 'session-ended' },
    { after_seq: '3', reason: 'not-held' },
  ])
  expect(
    await database.query('SELECT rest_process, requests_quota, requests_guaranteed FROM gateways'),
  ).toEqual([{ rest_process: 'p', requests_quota: 300, requests_guaranteed: 120 }])
  await expect(
    database.query('UPDATE gateways SET requests_quota = requests_guaranteed - 1'),
  ).rejects.toThrow(/check constraint/)
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
