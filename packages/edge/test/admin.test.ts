import { createHash } from 'node:crypto'
import { describeProcedures, gatewayIdOf, GuildId, portalRouter } from '@guildmesh/contracts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { Browser } from './browser.ts'
import { ada, guildA, mia, olga, startTestEdge, type TestEdge } from './test-edge.ts'

const token = 'gmop_a-token-of-an-operators-program'
const bearer = { authorization: `Bearer ${token}` }

let edge: TestEdge
let operator: Browser
let program: Browser
beforeAll(async () => {
  edge = await startTestEdge()
  operator = new Browser(edge)
  await operator.login(olga)
  program = new Browser(edge)
})
beforeEach(() => {
  edge.config.operatorTokens.set(createHash('sha256').update(token).digest('hex'), {
    tokenId: '00000000-0000-4000-8000-000000000001',
    name: 'deploy',
    createdBy: 'user:1',
    createdAt: 1,
    lastUsedAt: null,
    revokedAt: null,
  })
})
afterAll(async () => {
  await edge[Symbol.asyncDispose]()
})

/** A valid input for each admin procedure; one that is missing here fails the matrix. */
const inputs: Record<string, object | undefined> = {
  'admin.status': undefined,
  'admin.gateways': undefined,
  'admin.cordon': { gatewayId: 'gateway-2', reason: 'a test' },
  'admin.uncordon': { gatewayId: 'gateway-2', reason: 'a test' },
  'admin.guilds': { limit: 10 },
  'admin.locate': { guildId: guildA },
  'admin.reassign': {
    guildId: '900000000000000077',
    target: 'gateway-1',
    reason: 'a test',
    idempotencyKey: 'reassign-1',
  },
  'admin.moves': { openOnly: false, limit: 10 },
  'admin.shards': undefined,
  'admin.gapLedger': {},
  'admin.audit': undefined,
  'admin.createToken': { name: 'a test' },
  'admin.tokens': undefined,
  'admin.revokeToken': { tokenId: '00000000-0000-4000-8000-000000000001' },
}
const procedures = [...describeProcedures(portalRouter)]
  .filter(([path]) => path.startsWith('admin.'))
  .map(([path, { type }]) => ({ path, type }))

describe.each(procedures)('$path', ({ path, type }) => {
  const call = (browser: Browser, headers?: Record<string, string>) =>
    type === 'query'
      ? browser.query(path, inputs[path], headers)
      : browser.mutate(path, inputs[path], headers)

  test('has an input in this matrix', () => {
    expect(Object.keys(inputs)).toContain(path)
  })

  test('serves operators: signed in, or by token', async () => {
    edge.config.assign(GuildId.parse('900000000000000077'), gatewayIdOf(0))
    expect(await call(operator)).toMatchObject({ status: 200, failure: null })
    expect(await call(program, bearer)).toMatchObject({ status: 200, failure: null })
  })

  test('refuses everybody else, and does nothing for them', async () => {
    const nobody = new Browser(edge)
    const owner = new Browser(edge)
    await owner.login(ada)
    const member = new Browser(edge)
    await member.login(mia)
    const before = edge.config.audit.length
    expect(await call(nobody)).toMatchObject({ status: 401 })
    expect(await call(owner)).toMatchObject({ status: 403, failure: { kind: 'Forbidden' } })
    expect(await call(member)).toMatchObject({ status: 403 })
    for (const wrong of [
      'Bearer gmop_unknown-token-unknown',
      `Basic ${token}`,
      `Bearer ${token} x`,
      'Bearer',
      token,
    ]) {
      expect(await call(nobody, { authorization: wrong })).toMatchObject({ status: 401 })
    }
    // A token that is wrong is not made good by a cookie beside it.
    expect(await call(operator, { authorization: 'Bearer gmop_unknown-token-unknown' })).toMatchObject({
      status: 401,
    })
    expect(edge.config.audit.length).toBe(before)
  })
})

test.each(procedures.filter(({ type }) => type === 'mutation'))(
  '$path refuses an operator whose request comes from another site',
  async ({ path }) => {
    for (const headers of [{ origin: 'https://evil.example' }, {}]) {
      expect(await operator.mutate(path, inputs[path], headers)).toMatchObject({
        status: 403,
        failure: { kind: 'Forbidden' },
      })
    }
  },
)

test('a guild is located and, by hand, moved; the audit log names the operator and the reason', async () => {
  const guildId = GuildId.parse('900000000000000078')
  edge.config.assign(guildId, gatewayIdOf(0))
  expect(await operator.query('admin.locate', { guildId })).toMatchObject({
    data: { guildId, gatewayId: 'gateway-0', epoch: 1, status: 'active', address: 'ws://127.0.0.1:4000' },
  })
  const moved = await operator.mutate('admin.reassign', {
    guildId,
    target: 'gateway-1',
    reason: 'gateway-0 is too full',
    idempotencyKey: 'reassign-2',
    actor: 'user:somebody-else',
  })
  expect(moved).toMatchObject({ data: { guildId, target: 'gateway-1', requestedBy: `user:${olga}` } })
  expect(await operator.query('admin.locate', { guildId })).toMatchObject({
    data: { gatewayId: 'gateway-1', epoch: 2 },
  })
  expect(edge.config.audit.at(-1)).toMatchObject({
    actor: `user:${olga}`,
    action: 'guild.reassign',
    subject: guildId,
    reason: 'gateway-0 is too full',
  })
})

test('nobody signs the audit log with another name', async () => {
  for (const path of ['admin.cordon', 'admin.uncordon', 'admin.revokeToken']) {
    await program.mutate(path, { ...inputs[path], actor: 'user:somebody-else' }, bearer)
    expect(edge.config.audit.at(-1)?.actor).toBe('operator-token:deploy')
  }
})

test('an unknown guild, an unknown gateway and a missing reason get their failures', async () => {
  expect(await operator.query('admin.locate', { guildId: '900000000000000098' })).toMatchObject({
    status: 404,
    failure: { kind: 'NotAssigned' },
  })
  expect(await operator.mutate('admin.cordon', { gatewayId: 'gateway-9', reason: 'x' })).toMatchObject({
    status: 404,
    failure: { kind: 'NotFound' },
  })
  expect(await operator.mutate('admin.cordon', { gatewayId: 'gateway-0' })).toMatchObject({
    status: 400,
    failure: { kind: 'InvalidInput' },
  })
})

test('a new token is shown once, is stored as its hash, works, and stops working when it is revoked', async () => {
  const made = await operator.mutate('admin.createToken', { name: 'backup job' })
  const { secret, tokenId } = z.object({ secret: z.string(), tokenId: z.string() }).parse(made.data)
  expect(secret).toMatch(/^gmop_[\w-]{43}$/)
  expect(JSON.stringify([...edge.config.operatorTokens])).not.toContain(secret)
  expect(JSON.stringify(await operator.query('admin.tokens'))).not.toContain(secret)
  const headers = { authorization: `Bearer ${secret}` }
  expect(await new Browser(edge).query('admin.gateways', undefined, headers)).toMatchObject({ status: 200 })
  expect(await operator.mutate('admin.revokeToken', { tokenId })).toMatchObject({ status: 200 })
  await using other = await startTestEdge({ beside: edge })
  expect(await new Browser(other).query('admin.gateways', undefined, headers)).toMatchObject({
    status: 401,
    failure: { kind: 'Unauthenticated', reason: 'revoked' },
  })
})

test('a token is no person: it sees no guild and has no session', async () => {
  expect(await program.query('session.me', undefined, bearer)).toMatchObject({ status: 403 })
  expect(await program.query('guild.overview', { guildId: guildA }, bearer)).toMatchObject({ status: 403 })
})

test('being an operator opens no guild', async () => {
  expect(await operator.query('session.me')).toMatchObject({ data: { operator: true } })
  expect(await operator.query('guild.overview', { guildId: guildA })).toMatchObject({ status: 403 })
})

test('while the config API is away, a guild is still located as this edge knows it', async () => {
  edge.config.isAway = true
  try {
    expect(await operator.query('admin.locate', { guildId: guildA })).toMatchObject({
      data: { gatewayId: 'gateway-0', status: 'active' },
    })
    expect(await operator.query('admin.status')).toMatchObject({
      status: 503,
      failure: { kind: 'Unavailable' },
    })
  } finally {
    edge.config.isAway = false
  }
})
