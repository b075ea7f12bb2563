import { createHash, randomUUID } from 'node:crypto'
import { type Caller, UserId } from '@guildmesh/contracts'
import { createIdentity, joinToken, Secret } from '@guildmesh/runtime'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callAs, edge, failureOf, joinSecret, operator, startCore } from '../../test/start-core.ts'
import type { ConfigCore } from '../config-core.ts'
import { tidyUp } from '../leases/housekeeping.ts'
import { createTestDatabase, type TestDatabase } from '@guildmesh/postgres-dev/test-postgres'
import { hashOperatorToken } from './operator-token-store.ts'

let database: TestDatabase
let core: ConfigCore

beforeAll(async () => {
  database = await createTestDatabase()
  core = await startCore(database.url)
})
afterAll(async () => {
  await core[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

const joining: Caller = { kind: 'joining', name: 'gateway-0' }
const hash = () => createHash('sha256').update(randomUUID()).digest('hex')

describe('service keys', () => {
  test('a process proves that it knows the join secret, registers its key, and is known by its tokens then', async () => {
    const { authenticator } = core
    const identity = await createIdentity('gateway-0')
    const { name, kid, publicKey } = identity
    expect(await failureOf(authenticator.authenticate(await identity.token('config')))).toEqual({
      kind: 'Unauthenticated',
      reason: 'unknown-key',
    })
    const caller = await authenticator.authenticate(await joinToken(joinSecret, name))
    expect(caller).toEqual(joining)
    expect(await callAs(core, caller).services.enrol({ name, kid, publicKey })).toEqual({
      validForMs: 900_000,
    })
    await authenticator.refresh()
    expect(await authenticator.authenticate(await identity.token('config'))).toMatchObject({
      kind: 'service',
      gatewayId: 'gateway-0',
    })
    expect(await failureOf(authenticator.authenticate(await identity.token('gateway-1')))).toMatchObject({
      reason: 'wrong-audience',
    })
  })

  test('who has another join secret, or a join token for another name, registers nothing', async () => {
    const wrong = await joinToken(new Secret('another secret that is long enough to be one'), 'gateway-0')
    expect(await failureOf(core.authenticator.authenticate(wrong))).toMatchObject({ kind: 'Unauthenticated' })
    const { kid, publicKey } = await createIdentity('gateway-1')
    expect(
      await failureOf(callAs(core, joining).services.enrol({ name: 'gateway-1', kid, publicKey })),
    ).toMatchObject({ kind: 'Forbidden' })
  })

  test("a key id belongs to who registered it first; registering one's own again prolongs it", async () => {
    const { kid, publicKey } = await createIdentity('gateway-0')
    const enrol = (caller: Caller, name: 'gateway-0' | 'edge-7') =>
      callAs(core, caller).services.enrol({ name, kid, publicKey })
    const minutesLeft = async () => {
      const [row] = await database.query<{ minutes: number }>(
        `SELECT extract(epoch FROM valid_until - clock_timestamp())::float8 / 60 AS minutes
         FROM service_keys WHERE kid = $1 AND name = 'gateway-0'`,
        [kid],
      )
      return row?.minutes
    }
    await enrol(joining, 'gateway-0')
    await database.query(
      `UPDATE service_keys SET valid_until = valid_until - interval '10 minutes' WHERE kid = $1`,
      [kid],
    )
    expect(await minutesLeft()).toBeLessThan(5.1)
    await enrol(joining, 'gateway-0')
    expect(await minutesLeft()).toBeGreaterThan(14)
    await database.query(
      `UPDATE service_keys SET valid_until = valid_until - interval '10 minutes' WHERE kid = $1`,
      [kid],
    )
    expect(await failureOf(enrol({ kind: 'joining', name: 'edge-7' }, 'edge-7'))).toMatchObject({
      kind: 'Forbidden',
    })
    expect(await minutesLeft()).toBeLessThan(5.1)
  })

  test('a key that is not registered again is forgotten', async () => {
    const { kid, publicKey } = await createIdentity('gateway-0')
    await callAs(core, joining).services.enrol({ name: 'gateway-0', kid, publicKey })
    const kids = async () => (await callAs(core, edge).services.keys()).keys.map((key) => key.kid)
    expect(await kids()).toContain(kid)
    await database.query(
      `UPDATE service_keys SET valid_until = valid_until - interval '16 minutes' WHERE kid = $1`,
      [kid],
    )
    expect(await kids()).not.toContain(kid)
  })
})

describe('portal sessions', () => {
  const user = { userId: UserId.parse('100000000000000042'), name: 'Ada', avatar: null }
  const create = (tokenHash: string, lifetimeMs = 60_000) =>
    callAs(core, edge).sessions.create({ tokenHash, user, sealedTokens: 'sealed', lifetimeMs })

  test('are found by the hash of their token, with the user as of the last login', async () => {
    const tokenHash = hash()
    const created = await create(tokenHash)
    expect(await callAs(core, edge).sessions.find({ tokenHash })).toEqual(created)
    const renamed = { ...user, name: 'Ada L.' }
    await callAs(core, edge).sessions.create({
      tokenHash: hash(),
      user: renamed,
      sealedTokens: 's',
      lifetimeMs: 60_000,
    })
    expect((await callAs(core, edge).sessions.find({ tokenHash })).user).toEqual(renamed)
  })

  test('end when they are revoked, and then hold no tokens', async () => {
    const tokenHash = hash()
    const { sessionId } = await create(tokenHash)
    await callAs(core, edge).sessions.reseal({ sessionId, sealedTokens: 'fresher' })
    expect((await callAs(core, edge).sessions.find({ tokenHash })).sealedTokens).toBe('fresher')
    await callAs(core, edge).sessions.revoke({ sessionId })
    expect(await failureOf(callAs(core, edge).sessions.find({ tokenHash }))).toEqual({
      kind: 'Unauthenticated',
      reason: 'revoked',
    })
    expect(
      await failureOf(callAs(core, edge).sessions.reseal({ sessionId, sealedTokens: 'x' })),
    ).toMatchObject({
      kind: 'Unauthenticated',
    })
    const rows = await database.query('SELECT sealed_tokens FROM sessions WHERE session_id = $1', [sessionId])
    expect(rows).toEqual([{ sealed_tokens: '' }])
  })

  test('end with their lifetime, and are removed later', async () => {
    const tokenHash = hash()
    const { sessionId } = await create(tokenHash)
    await database.query(
      `UPDATE sessions SET expires_at = expires_at - interval '2 days' WHERE session_id = $1`,
      [sessionId],
    )
    expect(await failureOf(callAs(core, edge).sessions.find({ tokenHash }))).toMatchObject({
      reason: 'expired',
    })
    await tidyUp(core.database, new AbortController().signal)
    expect(await database.query('SELECT 1 FROM sessions WHERE session_id = $1', [sessionId])).toEqual([])
  })

  test('a token hash that is in use is no second session for somebody else', async () => {
    const tokenHash = hash()
    await create(tokenHash)
    const other = { ...user, userId: UserId.parse('100000000000000043') }
    const attempt = callAs(core, edge).sessions.create({
      tokenHash,
      user: other,
      sealedTokens: 's',
      lifetimeMs: 60_000,
    })
    expect(await failureOf(attempt)).toMatchObject({ kind: 'Forbidden' })
  })

  test('an unknown token is nobody', async () => {
    expect(await failureOf(callAs(core, edge).sessions.find({ tokenHash: hash() }))).toMatchObject({
      kind: 'Unauthenticated',
    })
  })
})

describe('operator tokens', () => {
  test('are verified by their hash, note when they were used, and can be revoked', async () => {
    const tokenHash = hash()
    const calls = callAs(core, operator)
    const created = await calls.operators.create({ name: 'ci', tokenHash, createdBy: 'user:42' })
    expect(created).toMatchObject({ name: 'ci', lastUsedAt: null, revokedAt: null })
    const used = await callAs(core, edge).operators.verify({ tokenHash })
    expect(used.lastUsedAt).not.toBeNull()
    expect(await callAs(core, edge).operators.verify({ tokenHash })).toEqual(used)
    const revoked = await calls.operators.revoke({ tokenId: created.tokenId })
    expect(revoked.revokedAt).not.toBeNull()
    expect(await calls.operators.revoke({ tokenId: created.tokenId })).toEqual(revoked)
    expect(await failureOf(callAs(core, edge).operators.verify({ tokenHash }))).toEqual({
      kind: 'Unauthenticated',
      reason: 'revoked',
    })
    const { entries } = await calls.audit.list({ limit: 2 })
    expect(entries.map(({ action }) => action)).toEqual(['operator-token.revoke', 'operator-token.create'])
  })

  test('the bootstrap token is made once, and stays revoked through restarts', async () => {
    const bootstrapToken = new Secret('a bootstrap token of some length')
    const tokenHash = hashOperatorToken(bootstrapToken.reveal())
    const start = () => startCore(database.url, { name: 'config-boot', bootstrapToken })
    const verify = () => callAs(core, edge).operators.verify({ tokenHash })
    expect(await failureOf(verify())).toMatchObject({ reason: 'unknown-key' })
    {
      await using first = await start()
      const { tokenId, revokedAt } = await callAs(first, edge).operators.verify({ tokenHash })
      expect(revokedAt).toBeNull()
      await using second = await start()
      expect(await callAs(second, edge).operators.verify({ tokenHash })).toMatchObject({ tokenId })
      await callAs(second, operator).operators.revoke({ tokenId })
    }
    await using again = await start()
    const { tokens } = await callAs(again, operator).operators.list()
    expect(tokens.filter(({ name }) => name === 'bootstrap')).toHaveLength(1)
    expect(await failureOf(verify())).toMatchObject({ reason: 'revoked' })
  })

  test('no table holds an operator token, only its hash', async () => {
    const token = 'a bootstrap token that no table may hold'
    await using replica = await startCore(database.url, { bootstrapToken: new Secret(token) })
    const { tokens } = await callAs(replica, operator).operators.list()
    expect(tokens[0]).toMatchObject({ name: 'bootstrap' })
    const dump = await everyRow()
    expect(dump).not.toContain(token)
    expect(dump).toContain(hashOperatorToken(token))
  })
})

/** Every row of every table, as text. */
async function everyRow(): Promise<string> {
  const tables = await database.query<{ name: string }>(
    `SELECT format('%I', table_name) AS name FROM information_schema.tables WHERE table_schema = 'public'`,
  )
  expect(tables.length).toBeGreaterThan(10)
  const rows = await Promise.all(
    tables.map(({ name }) => database.query<{ text: string }>(`SELECT t::text AS text FROM ${name} t`)),
  )
  return rows
    .flat()
    .map(({ text }) => text)
    .join('\n')
}
