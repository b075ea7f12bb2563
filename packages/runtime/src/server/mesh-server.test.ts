import { once } from 'node:events'
import { configRouter, MeshError, wireVersion } from '@guildmesh/contracts'
import { WebSocket } from 'ws'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { fakeConfigPort } from '../../test/fake-config-port.ts'
import { failureOf, quiet, serviceName, testGateway, TestMesh } from '../../test/test-mesh.ts'
import { createIdentity } from '../identity/identity.ts'
import { createAuthenticator } from '../identity/authenticator.ts'
import { PortInUseError } from './listen.ts'
import { maxMeshMessageBytes } from './mesh-limits.ts'
import { startMeshServer } from './mesh-server.ts'

const list = fakeConfigPort({ gateways: { list: async () => ({ gateways: [testGateway(0)] }) } })

const Answer = z.object({
  error: z.object({ message: z.string(), data: z.object({ failure: z.unknown() }) }),
})

/** A client that speaks the protocol by hand, as somebody without our code would. */
async function rawCall(url: string, message: unknown): Promise<z.infer<typeof Answer>['error']> {
  const ws = new WebSocket(`${url}/trpc`)
  try {
    await once(ws, 'open')
    ws.send(typeof message === 'string' ? message : JSON.stringify(message))
    const [data]: unknown[] = await once(ws, 'message')
    return Answer.parse(JSON.parse(String(data))).error
  } finally {
    ws.close()
  }
}

function request(input: unknown, path = 'gateways.list') {
  return { id: 1, method: 'query', params: { path, input } }
}

describe('a mesh server', () => {
  it('answers no call without a valid token, whatever connection it comes over', async () => {
    await using mesh = new TestMesh()
    const { url } = await mesh.serve(list)
    const missing = { kind: 'Unauthenticated', reason: 'missing' }
    for (const input of [undefined, {}, { mesh: {} }, { mesh: { v: wireVersion }, input: {} }, 'text', 7]) {
      expect((await rawCall(url, request(input))).data.failure).toEqual(missing)
    }
    const stranger = await createIdentity(serviceName('edge-0'))
    const token = await stranger.token('config')
    const answer = await rawCall(url, request({ mesh: { v: wireVersion, token }, input: {} }))
    expect(answer.data.failure).toEqual({ kind: 'Unauthenticated', reason: 'unknown-key' })
  })

  it('tells a service that may not call a procedure from one that may', async () => {
    await using mesh = new TestMesh()
    const server = await mesh.serve(list)
    const edge = await mesh.connectAs('edge-0', server)
    const { gateways } = await edge.client.gateways.list.query({})
    expect(gateways.map(({ gatewayId }) => gatewayId)).toEqual(['gateway-0'])
    const witness = await mesh.connectAs('witness-0', server)
    const forbidden = witness.client.operators.verify.mutate({ tokenHash: 'f'.repeat(64) })
    expect(await failureOf(forbidden)).toMatchObject({ kind: 'Forbidden' })
  })

  it('refuses a wire version that it does not speak', async () => {
    await using mesh = new TestMesh()
    const { url } = await mesh.serve(list)
    const answer = await rawCall(url, request({ mesh: { v: 99, token: 'x' }, input: {} }))
    expect(answer.data.failure).toMatchObject({ kind: 'WireVersionUnsupported', offered: 99 })
  })

  it('names what is wrong with malformed input, and lives on', async () => {
    await using mesh = new TestMesh()
    const server = await mesh.serve(list)
    expect((await rawCall(server.url, '{not json')).data.failure).toMatchObject({ kind: 'InvalidInput' })
    const edge = await mesh.connectAs('edge-0', server)
    const { failure } = await lookup(edge, '123')
    expect(failure).toEqual({
      kind: 'InvalidInput',
      issues: [{ path: 'guildId', message: 'must be a Discord id: 17 to 20 digits' }],
    })
    expect((await rawCall(server.url, request({}, 'no.such'))).data.failure).toMatchObject({
      kind: 'NotFound',
    })
  })

  it('keeps the text of unexpected errors at home: the client gets an id, the log has both', async () => {
    await using mesh = new TestMesh()
    const server = await mesh.serve(
      fakeConfigPort({
        gateways: {
          list: () => Promise.reject(new Error('canary: relation "gateways" does not exist')),
        },
      }),
    )
    const edge = await mesh.connectAs('edge-0', server)
    const error: unknown = await edge.client.gateways.list.query({}).catch((caught: unknown) => caught)
    if (!(error instanceof MeshError) || error.failure.kind !== 'Internal') throw error
    expect(JSON.stringify(error.failure) + error.message + error.stack).not.toContain('canary')
    const line = mesh.log.lines.find((text) => text.includes('canary'))
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      level: 'error',
      errorId: error.failure.errorId,
      method: 'gateways.list',
    })
  })

  it('closes a connection that sends an oversized message; our client does not send one', async () => {
    await using mesh = new TestMesh()
    const server = await mesh.serve(list)
    const ws = new WebSocket(`${server.url}/trpc`)
    await once(ws, 'open')
    ws.send(`"${'x'.repeat(maxMeshMessageBytes)}"`)
    const [code]: unknown[] = await once(ws, 'close')
    expect(code).toBe(1009)
    const edge = await mesh.connectAs('edge-0', server)
    const huge = edge.client.audit.append.mutate({
      actor: 'edge-0',
      action: 'test',
      subject: 'x'.repeat(maxMeshMessageBytes),
      reason: null,
    })
    expect(await failureOf(huge)).toEqual({ kind: 'PayloadTooLarge', limitBytes: maxMeshMessageBytes })
    await edge.client.gateways.list.query({})
  })

  it('takes no WebSocket from a browser, and none on another path', async () => {
    await using mesh = new TestMesh()
    const { url } = await mesh.serve(list)
    const browser = new WebSocket(`${url}/trpc`, { headers: { origin: 'https://evil.example' } })
    expect(await statusOf(browser)).toContain('403')
    expect(await statusOf(new WebSocket(`${url}/other`))).toContain('404')
  })

  it('serves plain HTTP routes on the same port', async () => {
    await using mesh = new TestMesh()
    await using server = await startMeshServer({
      host: '127.0.0.1',
      port: 0,
      router: configRouter,
      implementation: list,
      authenticator: createAuthenticator({ audience: 'config', keySource: mesh.keys }),
      logger: quiet,
      metrics: mesh.metrics,
      register: async (fastify) => {
        fastify.get('/health', async () => ({ status: 'ok' }))
      },
    })
    const response = await fetch(`http://127.0.0.1:${server.port}/health`)
    expect(await response.json()).toEqual({ status: 'ok' })
  })

  it('says what to do if its port is taken', async () => {
    await using mesh = new TestMesh()
    const first = await mesh.serve(list)
    const error: unknown = await mesh.serve(list, { port: first.port }).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(PortInUseError)
    expect(String(error)).toContain('Set PORT to a free port, or stop the other process.')
  })

  it('measures its calls by method and outcome', async () => {
    await using mesh = new TestMesh()
    const server = await mesh.serve(list)
    const edge = await mesh.connectAs('edge-0', server)
    await edge.client.gateways.list.query({})
    await lookup(edge, '123')
    const text = await mesh.metrics.registry.metrics()
    expect(text).toContain(
      'guildmesh_rpc_server_duration_seconds_count{method="gateways.list",outcome="ok"} 1',
    )
    expect(text).toContain(
      'guildmesh_rpc_server_duration_seconds_count{method="assignments.lookup",outcome="InvalidInput"} 1',
    )
    expect(text).toContain(
      'guildmesh_rpc_client_duration_seconds_count{method="gateways.list",target="config",outcome="ok"} 1',
    )
  })
})

/** Looks up an id that the types would not let through. */
async function lookup(
  { client }: Awaited<ReturnType<TestMesh['connectAs']>>,
  guildId: string,
): Promise<{ failure: unknown }> {
  const input: { guildId: never } = JSON.parse(JSON.stringify({ guildId }))
  return { failure: await failureOf(client.assignments.lookup.query(input)) }
}

/** How a server refuses an upgrade. */
async function statusOf(ws: WebSocket): Promise<string> {
  const [error]: unknown[] = await once(ws, 'error')
  return String(error)
}
