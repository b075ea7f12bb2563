import { createIdentity, type Identity, Secret } from '@guildmesh/runtime'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { FakeSourceGateways } from '../../test/fake-source-gateways.ts'
import { callAs, edge, guild, joinSecret, operator, quiet, registerGateway } from '../../test/start-core.ts'
import { type ConfigApp, createConfigApp } from '../app.ts'
import { readConfig } from '../config.ts'
import { type ConfigCore } from '../config-core.ts'
import { startCore } from '../../test/start-core.ts'
import { hashOperatorToken } from '../identity/operator-token-store.ts'
import { createTestDatabase, type TestDatabase } from '@guildmesh/postgres-dev/test-postgres'
import { restRoutes } from './rest-routes.ts'

const operatorToken = new Secret('operator-token-of-these-tests')
const sources = new FakeSourceGateways()
let database: TestDatabase
let app: ConfigApp
let core: ConfigCore
let gateway: Identity

beforeAll(async () => {
  database = await createTestDatabase()
  const environment = {
    HOST: '127.0.0.1',
    PORT: '0',
    OPS_HOST: '127.0.0.1',
    OPS_PORT: '0',
    MESH_JOIN_SECRET: joinSecret.reveal(),
    DATABASE_URL: database.url,
    BOOTSTRAP_OPERATOR_TOKEN: operatorToken.reveal(),
  }
  app = await createConfigApp(readConfig(environment), {
    logger: quiet,
    sources,
    leaseExpireAfterMs: 3_600_000,
  })
  core = await startCore(database.url, { name: 'config-b', leaseExpireAfterMs: 3_600_000, sources })
  gateway = await createIdentity('gateway-0')
  const { name, kid, publicKey } = gateway
  await callAs(core, { kind: 'joining', name }).services.enrol({ name, kid, publicKey })
  await registerGateway(core, 0)
  await registerGateway(core, 1)
})
afterAll(async () => {
  await app[Symbol.asyncDispose]()
  await core[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

interface Answer {
  readonly status: number
  readonly body: unknown
  readonly headers: Headers
}

async function ask(
  method: 'GET' | 'POST',
  path: string,
  options: { token?: string | null; body?: unknown; raw?: string } = {},
): Promise<Answer> {
  const { token = operatorToken.reveal(), body, raw } = options
  const text = raw ?? (body === undefined ? undefined : JSON.stringify(body))
  const response = await fetch(`${app.url.replace('ws:', 'http:')}${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(text === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(text === undefined ? {} : { body: text }),
  })
  return { status: response.status, body: await response.json(), headers: response.headers }
}

function filled(url: string): string {
  return url.replace(':guildId', guild(1)).replace(':podId', '0')
}

function failure(kind: string) {
  return { error: expect.objectContaining({ kind, message: expect.stringMatching(/\.$/) }) as unknown }
}

const healthRow = z.strictObject({
  pod_id: z.int(),
  pod_name: z.string(),
  status: z.enum(['active', 'draining', 'offline']),
  guild_count: z.int(),
  capacity: z.int(),
  last_heartbeat: z.iso.datetime(),
})

describe('assignments', () => {
  test('GET reads, POST assigns (T5)', async () => {
    const path = `/guild/${guild(1)}/assignment`
    expect(await ask('GET', path)).toMatchObject({ status: 404, body: failure('NotAssigned') })
    expect(await ask('POST', path)).toMatchObject({ status: 200, body: { pod_id: 0, pod_name: 'gateway-0' } })
    expect((await ask('GET', path)).body).toEqual({ pod_id: 0, pod_name: 'gateway-0' })
  })

  test('are listed a page at a time, with a link to the next', async () => {
    for (const number of [2, 3, 4]) await ask('POST', `/guild/${guild(number)}/assignment`)
    const page = await ask('GET', '/guild-assignments?limit=3')
    expect(page.headers.get('x-total-count')).toBe('4')
    expect(page.body).toHaveLength(3)
    expect(z.array(z.record(z.string(), z.unknown())).parse(page.body)[0]).toEqual({
      guild_id: guild(1),
      pod_id: 0,
      assigned_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as unknown,
      last_seen: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as unknown,
    })
    const next = /<(.+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1] ?? 'no link'
    expect((await ask('GET', next)).body).toMatchObject([{ guild_id: guild(4) }])
    const ofPod = await ask('GET', '/guild-assignments?pod_id=1')
    expect(ofPod.headers.get('x-total-count')).toBe('2')
  })
})

describe('pods', () => {
  test('a pod registers and renews its lease with its own token', async () => {
    const token = await gateway.token('config')
    const registered = await ask('POST', '/pod/register', {
      token,
      body: { pod_id: 0, pod_name: 'gateway-0', capacity: 500 },
    })
    expect(registered).toMatchObject({
      status: 200,
      body: { success: true, status: 'active', lease_ttl_ms: 2500, renew_every_ms: 500 },
    })
    const { incarnation } = z.looseObject({ incarnation: z.unknown() }).parse(registered.body)
    const renewed = await ask('POST', '/pod/0/heartbeat', { token, body: { guild_count: 3, incarnation } })
    expect(renewed).toMatchObject({ status: 200, body: { success: true, status: 'active' } })
    const stale = { registration: 1, restart: 0 }
    expect(
      await ask('POST', '/pod/0/heartbeat', { token, body: { guild_count: 3, incarnation: stale } }),
    ).toMatchObject({ status: 412, body: failure('StaleIncarnation') })
  })

  test('neither another pod nor an operator can register or renew for it', async () => {
    const token = await gateway.token('config')
    const body = { pod_id: 1 }
    expect(await ask('POST', '/pod/register', { token, body })).toMatchObject({
      status: 403,
      body: failure('Forbidden'),
    })
    expect(await ask('POST', '/pod/register', { body })).toMatchObject({ status: 403 })
  })

  test('their health is listed under both names; a cordoned pod shows as draining', async () => {
    await callAs(core, operator).gateways.cordon({ gatewayId: 'gateway-1', reason: 'r' })
    const { body } = await ask('GET', '/pods/health')
    const rows = z.array(healthRow).parse(body)
    expect(rows.map(({ pod_name, status }) => [pod_name, status])).toEqual([
      ['gateway-0', 'active'],
      ['gateway-1', 'draining'],
    ])
    expect((await ask('GET', '/pod-health')).body).toEqual(body)
    await callAs(core, operator).gateways.uncordon({ gatewayId: 'gateway-1', reason: 'r' })
  })
})

describe('reassigning', () => {
  test('starts a move, is repeatable by its key, and tells why it cannot', async () => {
    const path = `/guild/${guild(1)}/reassign`
    const body = { target_pod_id: 1, idempotency_key: 'rest-test-1' }
    const started = await ask('POST', path, { body })
    expect(started).toMatchObject({ status: 202, body: { success: true, state: 'done' } })
    expect((await ask('POST', path, { body })).body).toEqual(started.body)
    expect((await callAs(core, edge).assignments.lookup({ guildId: guild(1) })).gatewayId).toBe('gateway-1')
    const { moves } = await callAs(core, edge).moves.list({ guildId: guild(1) })
    expect(moves[0]?.requestedBy).toBe('operator-token:bootstrap')

    sources.data.set(guild(1), { message_stats: 4 })
    expect(
      await ask('POST', '/reassign-guild', { body: { guild_id: guild(1), target_pod_id: 0 } }),
    ).toMatchObject({
      status: 412,
      body: failure('GuildHasData'),
    })
    expect(await ask('POST', `/guild/${guild(99)}/reassign`, { body: { target_pod_id: 0 } })).toMatchObject({
      status: 404,
    })
  })
})

describe('every route but /health', () => {
  const guarded = restRoutes.filter(({ open }) => !open)

  test('is one of the ten that operators know', () => {
    expect(restRoutes.map(({ method, url }) => `${method} ${url}`).toSorted()).toEqual([
      'GET /guild-assignments',
      'GET /guild/:guildId/assignment',
      'GET /health',
      'GET /pod-health',
      'GET /pods/health',
      'POST /guild/:guildId/assignment',
      'POST /guild/:guildId/reassign',
      'POST /pod/:podId/heartbeat',
      'POST /pod/register',
      'POST /reassign-guild',
    ])
  })

  test.each(guarded)('$method $url needs a token that is known and not revoked', async ({ method, url }) => {
    const body = method === 'POST' ? {} : undefined
    for (const token of [null, 'not-a-token', 'a.b.c', await gateway.token('gateway-1')]) {
      const answer = await ask(method, filled(url), { token, body })
      expect(answer).toMatchObject({ status: 401, body: failure('Unauthenticated') })
      expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    }
  })

  test.each(guarded.filter(({ url }) => url.includes(':guildId')))(
    '$method $url refuses what is no snowflake',
    async ({ method, url }) => {
      for (const id of ['1', 'abc', '1e17', '1@169.254.169.254', '%0d%0aX-A:1', '99999999999999999999']) {
        const body = method === 'POST' ? { target_pod_id: 1 } : undefined
        const answer = await ask(method, url.replace(':guildId', id), { body })
        expect(answer).toMatchObject({ status: 400, body: failure('InvalidInput') })
      }
    },
  )

  test('a revoked token is refused', async () => {
    const token = 'a-token-that-is-revoked'
    const calls = callAs(core, operator)
    const { tokenId } = await calls.operators.create({
      name: 'old',
      tokenHash: hashOperatorToken(token),
      createdBy: 'user:1',
    })
    expect((await ask('GET', '/pods/health', { token })).status).toBe(200)
    await calls.operators.revoke({ tokenId })
    expect(await ask('GET', '/pods/health', { token })).toMatchObject({ status: 401 })
  })
})

describe('what is malformed', () => {
  test('a body that is no JSON, has unknown fields, or is far too large', async () => {
    const path = `/guild/${guild(1)}/reassign`
    expect(await ask('POST', path, { raw: '{"target_pod_id":' })).toMatchObject({
      status: 400,
      body: failure('InvalidInput'),
    })
    expect(await ask('POST', path, { body: { target_pod_id: 1, pod: 2 } })).toMatchObject({ status: 400 })
    expect(await ask('POST', path, { body: { target_pod_id: '1' } })).toMatchObject({ status: 400 })
    expect(await ask('POST', path, { body: { reason: 'x'.repeat(100_000) } })).toMatchObject({
      status: 413,
      body: failure('PayloadTooLarge'),
    })
    expect(await ask('POST', '/pod/12345/heartbeat', { body: {} })).toMatchObject({ status: 400 })
    expect(await ask('GET', '/guild-assignments?limit=0')).toMatchObject({ status: 400 })
  })

  test('a pod name that is not that of its number', async () => {
    const token = await gateway.token('config')
    const body = { pod_id: 0, pod_name: 'gateway-1' }
    expect(await ask('POST', '/pod/register', { token, body })).toMatchObject({ status: 400 })
  })

  test('a route that does not exist', async () => {
    expect(await ask('GET', '/nowhere')).toMatchObject({ status: 404, body: failure('NotFound') })
  })
})

test('/health answers anybody', async () => {
  expect(await ask('GET', '/health', { token: null })).toMatchObject({ status: 200, body: { status: 'ok' } })
})

test('/openapi.json describes every route in OpenAPI 3.1', async () => {
  const { body } = await ask('GET', '/openapi.json', { token: null })
  const document = z
    .looseObject({
      openapi: z.literal('3.1.0'),
      paths: z.record(z.string(), z.record(z.string(), z.unknown())),
    })
    .parse(body)
  for (const { method, url, open } of restRoutes) {
    const operation = document.paths[url.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()]
    expect(operation).toMatchObject({ security: open ? [] : [{ bearer: [] }] })
  }
  expect(document.paths['/guild/{guildId}/reassign']?.post).toMatchObject({
    operationId: 'postGuildGuildIdReassign',
    parameters: [{ name: 'guildId', in: 'path', required: true, schema: { type: 'string' } }],
    requestBody: { content: { 'application/json': { schema: { required: ['target_pod_id'] } } } },
    responses: { 202: {}, 401: {}, 404: {}, 412: {} },
  })
})
