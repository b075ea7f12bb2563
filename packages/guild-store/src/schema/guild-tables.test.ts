import BetterSqlite3 from 'better-sqlite3'
import { getTableColumns, getTableName } from 'drizzle-orm'
import { getTableConfig } from 'drizzle-orm/sqlite-core'
import { expect, test } from 'vitest'
import { migrate } from '../migrations/migrate.ts'
import { guildTables } from './guild-tables.ts'
import { cursor, guildOwn, meta, operationCapture, operationLog } from './ownership-tables.ts'

const allTables = [...Object.values(guildTables), guildOwn, cursor, meta, operationLog, operationCapture]

function migrated() {
  const database = new BetterSqlite3(':memory:')
  migrate(database)
  return database
}

test.each(allTables)('the types of table %# are those of the migrated database', (table) => {
  using database = disposable(migrated())
  const name = getTableName(table)
  const real = database.value.pragma(`table_info(${name})`) as {
    name: string
    type: string
    notnull: number
    pk: number
  }[]
  const { primaryKeys } = getTableConfig(table)
  const keys = new Set(primaryKeys.flatMap((key) => key.columns.map((column) => column.name)))
  const described = Object.values(getTableColumns(table)).map((column) => ({
    name: column.name,
    type: column.getSQLType().toUpperCase(),
    notNull: column.notNull,
    key: column.primary || keys.has(column.name),
  }))
  expect(described).toEqual(
    real.map((column) => ({
      name: column.name,
      type: column.type,
      notNull: column.notnull === 1,
      key: column.pk > 0,
    })),
  )
})

test('every table of guild data is strict, names its guild first in the key, and goes with the guild', () => {
  using database = disposable(migrated())
  for (const table of Object.values(guildTables)) {
    const name = getTableName(table)
    const [{ strict }] = database.value.pragma(`table_list(${name})`) as [{ strict: number }]
    expect(strict, `${name} is strict`).toBe(1)
    const columns = database.value.pragma(`table_info(${name})`) as { name: string; pk: number }[]
    expect(columns.find((column) => column.pk === 1)?.name).toBe('guild_id')
    if (name === 'guilds') continue
    const keys = database.value.pragma(`foreign_key_list(${name})`) as { table: string; on_delete: string }[]
    expect(keys).toContainEqual(expect.objectContaining({ table: 'guilds', on_delete: 'CASCADE' }))
  }
})

test('every table of the database is guild data, bookkeeping of ownership, or what a holder keeps of its shards', () => {
  using database = disposable(migrated())
  const names = database.value
    .prepare<[], { name: string }>(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    )
    .all()
    .map((row) => row.name)
  const ofShards = ['shard_sessions', 'parked_events']
  expect(new Set(names)).toEqual(new Set([...allTables.map((table) => getTableName(table)), ...ofShards]))
})

function disposable(value: BetterSqlite3.Database) {
  return { value, [Symbol.dispose]: () => value.close() }
}
