import BetterSqlite3 from 'better-sqlite3'
import { expect, test } from 'vitest'
import { temporaryFolder, temporaryStore, guildA } from '../test/temporary-store.ts'
import { openGuildStore, SchemaTooNewError, VolumeInUseError } from './index.ts'
import { isSafeSqlite, openReadDatabase, openWriteDatabase } from './sqlite/open-database.ts'

test('a second process cannot open the volume, and can once the first is gone (R8)', () => {
  using folder = temporaryFolder()
  const path = folder.file('guilds.sqlite3')
  const first = openGuildStore({ path })
  expect(() => openGuildStore({ path })).toThrow(VolumeInUseError)
  first[Symbol.dispose]()
  openGuildStore({ path })[Symbol.dispose]()
})

test('a database of a later version is left alone', () => {
  using folder = temporaryFolder()
  const path = folder.file('guilds.sqlite3')
  openGuildStore({ path })[Symbol.dispose]()
  const later = new BetterSqlite3(path)
  later.pragma('user_version = 999')
  later.close()
  expect(() => openGuildStore({ path })).toThrow(SchemaTooNewError)
  const untouched = new BetterSqlite3(path)
  expect(untouched.pragma('user_version', { simple: true })).toBe(999)
  untouched.close()
})

test('commits are durable (WAL, FULL), foreign keys are on and nothing is memory-mapped', () => {
  using folder = temporaryFolder()
  const database = openWriteDatabase(folder.file('x.sqlite3'))
  const pragma = (name: string) => database.pragma(name, { simple: true })
  expect(pragma('journal_mode')).toBe('wal')
  expect(pragma('synchronous')).toBe(2)
  expect(pragma('foreign_keys')).toBe(1)
  expect(pragma('mmap_size')).toBe(0)
  expect(pragma('busy_timeout')).toBe(5000)
  expect(pragma('temp_store')).toBe(2)
  database.close()
})

test('the connection of readers cannot write', () => {
  using folder = temporaryFolder()
  const path = folder.file('guilds.sqlite3')
  using store = openGuildStore({ path })
  const readable = openReadDatabase(path)
  expect(() => readable.exec(`INSERT INTO guilds (guild_id) VALUES ('1')`)).toThrow(/readonly/)
  readable.close()
  expect(store.ownership.list()).toEqual([])
})

test.each([
  ['3.51.2', false],
  ['3.51.3', true],
  ['3.6.0', false],
  ['3.54.1', true],
  ['4.0.0', true],
])('SQLite %s: safe with two connections = %s', (version, safe) => {
  expect(isSafeSqlite(version)).toBe(safe)
})

test('the volume keeps its id and its last incarnation over a restart', () => {
  using folder = temporaryFolder()
  const path = folder.file('guilds.sqlite3')
  let id: string
  {
    using store = openGuildStore({ path })
    id = store.volume.volumeId
    expect(store.volume.incarnation).toBeNull()
    store.volume.recordIncarnation({ registration: 4, restart: 2 })
  }
  using store = openGuildStore({ path })
  expect(store.volume.volumeId).toBe(id)
  expect(store.volume.incarnation).toEqual({ registration: 4, restart: 2 })
})

test('a snapshot cannot be used after its read has ended', () => {
  using temporary = temporaryStore()
  const leaked = temporary.store.read(guildA, 1, ({ rows }) => rows)
  if (leaked.kind !== 'done') throw new Error('the read was refused')
  expect(() => leaked.value.count('messageStats')).toThrow(/has ended/)
})
