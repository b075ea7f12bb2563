import { configRouter, GatewayId, MeshError } from '@guildmesh/contracts'
import { connectMesh, createLogger, joinToken, Metrics, Secret, within } from '@guildmesh/runtime'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type OwnEdge, startOwnEdge } from './own-edge.ts'

const mesh = inject('mesh')
/** The failure that a refused call carries. */
function failureOf(error: unknown): unknown {
  return error instanceof MeshError ? error.failure : error
}

const logger = createLogger({ service: 'e2e', level: 'silent' })

describe('interactions that Discord did not send like this', () => {
  let edge: OwnEdge
  beforeAll(async () => {
    edge = await startOwnEdge(mesh)
  })
  afterAll(() => edge[Symbol.asyncDispose]())

  interface Refusal {
    readonly type?: number
    readonly failure?: { readonly kind: string }
  }
  const post = async (body: string | Buffer, headers: Record<string, string>) => {
    const answer = await fetch(`${edge.url}/webhooks/discord`, { method: 'POST', body, headers })
    const text = await answer.text()
    const read: Refusal | null = text === '' ? null : JSON.parse(text)
    return { status: answer.status, body: read }
  }
  const ping = '{"type":1,  "id":"100000000000000007"}'

  test('a signed ping is answered', async () => {
    expect(await post(ping, edge.signed(ping))).toEqual({ status: 200, body: { type: 1 } })
  })

  test('a wrong, a missing, a misshapen and a re-serialised signature get 401', async () => {
    const genuine = edge.signed(ping)
    const wrong = { ...genuine, 'x-signature-ed25519': `00${genuine['x-signature-ed25519']?.slice(2)}` }
    const { 'x-signature-ed25519': _, ...missing } = genuine
    const odd = { ...genuine, 'x-signature-ed25519': 'abc' }
    const refused = [
      await post(ping, wrong),
      await post(ping, missing),
      await post(ping, odd),
      await post(JSON.stringify(JSON.parse(ping)), genuine),
    ]
    expect(refused.map(({ status }) => status)).toEqual([401, 401, 401, 401])
    expect(refused.map(({ body }) => body?.failure?.kind)).toEqual(Array(4).fill('Unauthenticated'))
  })

  test('an oversized body is refused before it is read to its end', async () => {
    const body = Buffer.alloc(600 * 1024, 'x')
    const refused = await post(body, edge.signed(body))
    expect(refused).toMatchObject({ status: 413, body: { failure: { kind: 'PayloadTooLarge' } } })
  })

  test('a malformed snowflake is named', async () => {
    const body = JSON.stringify({ type: 2, id: '12', token: 't', application_id: '100000000000000001' })
    const refused = await post(body, edge.signed(body))
    expect(refused).toMatchObject({ status: 400, body: { failure: { kind: 'InvalidInput' } } })
    expect(JSON.stringify(refused.body)).toContain('id')
  })
})

describe('the admin API and the REST routes', () => {
  const headers = { authorization: `Bearer ${mesh.operatorToken}` }
  const admin = async (procedure: string, input: unknown) => {
    const query = encodeURIComponent(JSON.stringify(input))
    const answer = await fetch(`${mesh.url}/api/trpc/${procedure}?input=${query}`, { headers })
    const body = (await answer.json()) as { error?: { data?: { failure?: unknown } } }
    return body.error?.data?.failure
  }

  test('an unknown guild is not assigned, and looking does not assign it (T5)', async () => {
    for (const attempt of [1, 2]) {
      const failure = await admin('admin.locate', { guildId: '900000000000000777' })
      expect([attempt, failure]).toEqual([attempt, expect.objectContaining({ kind: 'NotAssigned' })])
    }
  })

  test('a malformed snowflake is invalid input, naming the field', async () => {
    const failure = await admin('admin.locate', { guildId: '1@169.254.169.254' })
    expect(failure).toMatchObject({
      kind: 'InvalidInput',
      issues: [expect.objectContaining({ path: 'guildId' })],
    })
  })

  test('REST without a token is refused; /health needs none', async () => {
    const base = `http://127.0.0.1:${mesh.ports.configs[0]?.serve}`
    expect((await fetch(`${base}/guild-assignments`)).status).toBe(401)
    expect((await fetch(`${base}/health`)).status).toBe(200)
    expect((await fetch(`${base}/pods/health`, { headers })).status).toBe(200)
  })
})

describe('service tokens', () => {
  const urls = mesh.ports.configs.map(({ serve }) => `ws://127.0.0.1:${serve}`)
  const connect = (token: (audience: string) => Promise<string>) =>
    connectMesh({
      self: { token },
      logger,
      metrics: new Metrics(),
      router: configRouter,
      audience: 'config',
      urls,
    })
  /** Registers a key of our own under an edge's name, as a starting edge would. */
  async function enrolledKey() {
    const secrets: { join: string } = JSON.parse(readFileSync(join(mesh.stateDir, 'secrets.json'), 'utf8'))
    const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
    const jwk = await exportJWK(publicKey)
    const kid = await calculateJwkThumbprint(jwk)
    const name = 'edge-e2e'
    await using joining = connect(() => joinToken(new Secret(secrets.join), name))
    await joining.client.services.enrol.mutate({ name, kid, publicKey: jwk.x ?? '' }, within(5000))
    return (secondsAgo: number) => async (audience: string) =>
      new SignJWT()
        .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'JWT' })
        .setIssuer(name)
        .setSubject(name)
        .setAudience(audience)
        .setIssuedAt(Math.floor(Date.now() / 1000) - secondsAgo)
        .setExpirationTime(Math.floor(Date.now() / 1000) - secondsAgo + 60)
        .sign(privateKey)
  }

  test('a fresh one is good, an expired one is Unauthenticated, one for another audience too', async () => {
    const tokens = await enrolledKey()
    await using fresh = connect(tokens(0))
    expect((await fresh.client.gateways.list.query({}, within(5000))).gateways.length).toBeGreaterThan(0)
    await using expired = connect(tokens(300))
    const refusedExpired = await expired.client.gateways.list.query({}, within(5000)).catch(failureOf)
    expect(refusedExpired).toMatchObject({ kind: 'Unauthenticated', reason: 'expired' })
    await using misaddressed = connect(() => tokens(0)('gateway-0'))
    const refusedAudience = await misaddressed.client.gateways.list.query({}, within(5000)).catch(failureOf)
    expect(refusedAudience).toMatchObject({ kind: 'Unauthenticated' })
  })

  test('an edge cannot act as a gateway', async () => {
    const tokens = await enrolledKey()
    await using edge = connect(tokens(0))
    const refused = await edge.client.gateways.heartbeat
      .mutate(
        {
          gatewayId: GatewayId.parse('gateway-0'),
          incarnation: { registration: 1, restart: 0 },
          load: { guilds: 0, eventsPerSecond: 0, databaseBytes: 0, rssBytes: 0 },
        },
        within(5000),
      )
      .catch(failureOf)
    expect(refused).toMatchObject({ kind: 'Forbidden' })
  })
})
