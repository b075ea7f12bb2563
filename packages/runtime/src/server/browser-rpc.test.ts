import { type Caller, configRouter, MeshError } from '@guildmesh/contracts'
import Fastify from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fakeConfigPort } from '../../test/fake-config-port.ts'
import { recordingLogger, testGateway } from '../../test/test-mesh.ts'
import { Metrics } from '../observability/metrics.ts'
import { mountBrowserRpc } from './browser-rpc.ts'

const operator: Caller = { kind: 'operator', actor: 'token:test', userId: null }
const { logger, lines } = recordingLogger()
let fastify = Fastify()
let base = ''

beforeEach(async () => {
  fastify = Fastify()
  fastify.post('/raw', (request, reply) => reply.send({ body: request.body }))
  await mountBrowserRpc(fastify, {
    prefix: '/trpc',
    router: configRouter,
    implementation: fakeConfigPort({
      gateways: { list: async () => ({ gateways: [testGateway(0)] }) },
      shards: { lease: { list: () => Promise.reject(new Error('canary in the database')) } },
    }),
    identify: async (request) => {
      const { authorization } = request.headers
      if (authorization === undefined) return { kind: 'anonymous' }
      if (authorization !== 'Bearer good') throw new MeshError({ kind: 'Unauthenticated', reason: 'revoked' })
      return operator
    },
    logger,
    metrics: new Metrics({ processMetrics: false }),
  })
  base = await fastify.listen({ host: '127.0.0.1', port: 0 })
})
afterEach(() => fastify.close())

function get(path: string, authorization?: string) {
  return fetch(`${base}/trpc/${path}`, { headers: authorization === undefined ? {} : { authorization } })
}

describe('RPC for browsers', () => {
  it('answers whom the adapter has identified', async () => {
    const response = await get(`gateways.list?input=${encodeURIComponent('{}')}`, 'Bearer good')
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({
      result: { data: { gateways: [{ gatewayId: 'gateway-0' }] } },
    })
  })

  it('says who is not identified, and why', async () => {
    const anonymous = await get('gateways.list?input={}')
    expect(anonymous.status).toBe(401)
    expect(await anonymous.json()).toMatchObject({ error: { data: { failure: { reason: 'missing' } } } })
    const revoked = await get('gateways.list?input={}', 'Bearer old')
    expect(revoked.status).toBe(401)
    expect(await revoked.json()).toMatchObject({ error: { data: { failure: { reason: 'revoked' } } } })
  })

  it('hides the text of unexpected errors and logs it', async () => {
    const response = await get('shards.lease.list', 'Bearer good')
    const text = await response.text()
    expect(response.status).toBe(500)
    expect(text).toContain('"kind":"Internal"')
    expect(text).not.toContain('canary')
    expect(lines.join('')).toContain('canary in the database')
  })

  it("leaves its siblings' bodies alone", async () => {
    const response = await fetch(`${base}/raw`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"a":1}',
    })
    expect(await response.json()).toEqual({ body: { a: 1 } })
  })
})
