import { afterAll, beforeAll, expect, test } from 'vitest'
import { callAs, edge, operator, startCore } from '../../test/start-core.ts'
import type { ConfigCore } from '../config-core.ts'
import { createTestDatabase, type TestDatabase } from '@guildmesh/postgres-dev/test-postgres'

let database: TestDatabase
let core: ConfigCore
let other: ConfigCore
const limits = { signal: new AbortController().signal, remainingMs: () => null }

beforeAll(async () => {
  database = await createTestDatabase()
  core = await startCore(database.url, { name: 'config-a' })
  other = await startCore(database.url, { name: 'config-b' })
})
afterAll(async () => {
  await core[Symbol.asyncDispose]()
  await other[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

/** Changes the log around its own code, as somebody with the database's password could. */
async function tamper(sql: string): Promise<void> {
  await database.query('ALTER TABLE audit DISABLE TRIGGER audit_append_only')
  await database.query(sql)
  await database.query('ALTER TABLE audit ENABLE TRIGGER audit_append_only')
}

test('entries that are appended at once on two replicas make one unbroken chain', async () => {
  const append = (index: number) =>
    callAs(index % 2 === 0 ? core : other, edge).audit.append({
      actor: 'user:1',
      action: 'settings.change',
      subject: `guild ${index}`,
      reason: index % 3 === 0 ? null : 'because',
    })
  await Promise.all(Array.from({ length: 40 }, (_, index) => append(index)))
  expect(await core.audit.verify(limits)).toBeNull()
  const { entries } = await callAs(core, operator).audit.list({ limit: 100 })
  expect(entries.map(({ entryId }) => Number(entryId))).toEqual(
    Array.from({ length: 40 }, (_, index) => 40 - index),
  )
})

test('the database refuses to change or remove an entry', async () => {
  await expect(database.query(`UPDATE audit SET actor = 'nobody' WHERE entry_id = 3`)).rejects.toThrow(
    /only ever added/,
  )
  await expect(database.query('DELETE FROM audit WHERE entry_id = 3')).rejects.toThrow(/only ever added/)
})

test('an entry that was changed all the same is found', async () => {
  await tamper(`UPDATE audit SET reason = 'harmless' WHERE entry_id = 17`)
  expect(await other.audit.verify(limits)).toEqual({
    entryId: 17,
    problem: 'content-changed',
  })
})

test('an entry that was removed is found', async () => {
  await tamper(`DELETE FROM audit WHERE entry_id IN (9, 17)`)
  expect(await core.audit.verify(limits)).toEqual({
    entryId: 10,
    problem: 'predecessor-missing',
  })
})
