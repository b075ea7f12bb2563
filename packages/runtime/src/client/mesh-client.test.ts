import { type ConfigPort, configRouter, GuildId, MeshError } from '@guildmesh/contracts'
import { WebSocketServer } from 'ws'
import { describe, expect, it, vi } from 'vitest'
import { fakeConfigPort } from '../../test/fake-config-port.ts'
import { failureOf, joinSecret, testGateway, TestMesh, quiet } from '../../test/test-mesh.ts'
import { createAuthenticator } from '../identity/authenticator.ts'
import type { MeshServer } from '../server/mesh-server.ts'
import { onward, within } from './call-options.ts'
import { connectInProcess } from './connect-mesh.ts'

const cordon = { gatewayId: testGateway(0).gatewayId, reason: 'a test' }

/** A port whose gateway calls do what the test says. */
function gateways(parts: Partial<ConfigPort['gateways']>): ConfigPort {
  return fakeConfigPort({ gateways: parts })
}

const unavailable = new MeshError({ kind: 'Unavailable', service: 'config', retryAfterMs: 0 })

describe('a mesh client', () => {
  it('hands the rest of its budget and its trace on to the next hop', async () => {
    await using mesh = new TestMesh()
    const seen: { remainingMs: number | null; traceparent: string | null }[] = []
    const record: ConfigPort['gateways']['list'] = async (_, call) => {
      seen.push({ remainingMs: call.remainingMs(), traceparent: call.traceparent })
      return { gateways: [] }
    }
    const last = await mesh.serve(gateways({ list: record }))
    const toLast = await mesh.connectAs('gateway-0', last)
    const first = await mesh.serve(
      gateways({
        list: async (input, call) => {
          await record(input, call)
          return toLast.client.gateways.list.query(input, onward(call))
        },
      }),
    )
    const edge = await mesh.connectAs('edge-0', first)
    await edge.client.gateways.list.query({}, within(700))
    const [one, two] = seen
    expect(one?.remainingMs).toBeLessThanOrEqual(700)
    expect(two?.remainingMs).toBeLessThan(one?.remainingMs ?? 0)
    expect(traceOf(one?.traceparent)).toMatch(/^[0-9a-f]{32}$/)
    expect(traceOf(two?.traceparent)).toBe(traceOf(one?.traceparent))
  })

  it('ends a call at the deadline, and the one it calls learns of it', async () => {
    await using mesh = new TestMesh()
    const aborted = Promise.withResolvers<void>()
    const server = await mesh.serve(
      gateways({
        list: (_, call) =>
          new Promise((_resolve, reject) => {
            call.signal.addEventListener('abort', () => {
              aborted.resolve()
              reject(new Error('aborted'))
            })
          }),
      }),
    )
    const edge = await mesh.connectAs('edge-0', server)
    expect(await failureOf(edge.client.gateways.list.query({}, within(60)))).toMatchObject({
      kind: 'DeadlineExceeded',
    })
    await aborted.promise
  })

  it('rejects with the reason of the caller who gave up', async () => {
    await using mesh = new TestMesh()
    const reached = Promise.withResolvers<void>()
    const server = await mesh.serve(
      gateways({
        list: () => {
          reached.resolve()
          return new Promise(() => undefined)
        },
      }),
    )
    const edge = await mesh.connectAs('edge-0', server)
    const caller = new AbortController()
    const call = edge.client.gateways.list.query({}, { signal: caller.signal })
    await reached.promise
    caller.abort(new Error('the browser went away'))
    await expect(call).rejects.toThrow('the browser went away')
  })

  it('retries what is idempotent if the other side is unavailable', async () => {
    await using mesh = new TestMesh()
    const listed = vi
      .fn<ConfigPort['gateways']['list']>()
      .mockRejectedValueOnce(unavailable)
      .mockRejectedValueOnce(unavailable)
      .mockResolvedValue({ gateways: [] })
    const cordoned = vi.fn<ConfigPort['gateways']['cordon']>().mockRejectedValue(unavailable)
    const server = await mesh.serve(gateways({ list: listed, cordon: cordoned }))
    const edge = await mesh.connectAs('edge-0', server)
    await edge.client.gateways.list.query({})
    expect(listed).toHaveBeenCalledTimes(3)
    expect(await failureOf(edge.client.gateways.cordon.mutate(cordon))).toMatchObject({ kind: 'Unavailable' })
    expect(cordoned).toHaveBeenCalledTimes(1)
  })

  it('does not retry a failure that would come again', async () => {
    await using mesh = new TestMesh()
    const lookup = vi
      .fn<ConfigPort['gateways']['list']>()
      .mockRejectedValue(new MeshError({ kind: 'NoGatewayAvailable', retryAfterMs: 1 }))
    const edge = await mesh.connectAs('edge-0', await mesh.serve(gateways({ list: lookup })))
    expect(await failureOf(edge.client.gateways.list.query({}))).toMatchObject({ kind: 'NoGatewayAvailable' })
    expect(lookup).toHaveBeenCalledTimes(1)
  })

  it('never sends again what may have taken effect: a lost connection leaves its outcome unknown', async () => {
    await using mesh = new TestMesh()
    const effects: number[] = []
    const servers: MeshServer[] = []
    /** The replica that is called first dies after the effect and before the answer; the other one would serve. */
    const replica = (number: number) =>
      gateways({
        cordon: async () => {
          effects.push(number)
          if (effects.length === 1) await servers[number]?.close()
          return testGateway(0)
        },
        list: async () => ({ gateways: [] }),
      })
    servers.push(await mesh.serve(replica(0)), await mesh.serve(replica(1)))
    const edge = mesh.connect(
      servers.map(({ url }) => url),
      await mesh.keys.identity('edge-0'),
    )
    expect(await failureOf(edge.client.gateways.cordon.mutate(cordon))).toMatchObject({
      kind: 'OutcomeUnknown',
    })
    // The other replica is reached by now, so a call that is sent again would have arrived there.
    await edge.client.gateways.list.query({})
    expect(effects).toHaveLength(1)
  })

  it('goes over to another replica if the one it uses is gone, within the call', async () => {
    await using mesh = new TestMesh()
    const port = gateways({ list: async () => ({ gateways: [testGateway(0)] }) })
    const replicas = [await mesh.serve(port), await mesh.serve(port)]
    const edge = mesh.connect(
      replicas.map(({ url }) => url),
      await mesh.keys.identity('edge-0'),
    )
    await edge.client.gateways.list.query({})
    await replicas[0]?.close()
    for (let i = 0; i < 5; i++) {
      expect((await edge.client.gateways.list.query({})).gateways).toHaveLength(1)
    }
  })

  it('is connected again by itself after its server restarted', async () => {
    await using mesh = new TestMesh()
    const port = gateways({ list: async () => ({ gateways: [] }) })
    const first = await mesh.serve(port)
    const edge = await mesh.connectAs('edge-0', first)
    await edge.client.gateways.list.query({})
    expect(edge.state).toBe('open')
    await first.close()
    await vi.waitUntil(() => edge.state === 'connecting')
    await mesh.serve(port, { port: first.port })
    await vi.waitUntil(() => edge.state === 'open', { timeout: 5000 })
    await edge.client.gateways.list.query({})
  })

  it('opens its circuit while the target is gone, and closes it when the target is back', async () => {
    await using mesh = new TestMesh()
    const port = gateways({ list: async () => ({ gateways: [] }) })
    const first = await mesh.serve(port)
    const edge = await mesh.connectAs('edge-0', first)
    await edge.client.gateways.list.query({})
    await first.close()
    const isOpen = async () =>
      (await mesh.metrics.registry.metrics()).includes('guildmesh_rpc_client_circuit_open{target="config"} 1')
    await vi.waitUntil(
      async () => {
        expect(await failureOf(edge.client.gateways.list.query({}))).toMatchObject({ kind: 'Unavailable' })
        return isOpen()
      },
      { timeout: 10_000 },
    )
    await mesh.serve(port, { port: first.port })
    await vi.waitUntil(() => edge.client.gateways.list.query({}).catch(() => null), { timeout: 5000 })
    expect(await isOpen()).toBe(false)
  })

  it('reports a target that was never reached as unavailable, not as an unknown outcome', async () => {
    await using mesh = new TestMesh()
    const gone = await mesh.serve(fakeConfigPort())
    await gone.close()
    const edge = await mesh.connectAs('edge-0', gone)
    expect(await failureOf(edge.client.gateways.cordon.mutate(cordon))).toMatchObject({
      kind: 'Unavailable',
      service: 'config',
    })
  })

  it('refuses an answer that does not fit the contract', async () => {
    await using mesh = new TestMesh()
    // A server of another build, whose answer lacks what this build needs.
    const wss = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    wss.on('connection', (client) =>
      client.on('message', (data) => {
        const { id }: { id: number } = JSON.parse(Buffer.isBuffer(data) ? data.toString() : '{}')
        client.send(
          JSON.stringify({ id, result: { type: 'data', data: { gateways: [{ gatewayId: 'x' }] } } }),
        )
      }),
    )
    await vi.waitUntil(() => wss.address() !== null)
    const address = wss.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const other = mesh.connect([`ws://127.0.0.1:${address.port}`], await mesh.keys.identity('edge-1'))
    expect(await failureOf(other.client.gateways.list.query({}))).toMatchObject({ kind: 'Internal' })
    for (const client of wss.clients) client.terminate()
    wss.close()
  })

  it('leaves a draining server: running calls end there, new ones go elsewhere', async () => {
    await using mesh = new TestMesh()
    const release = Promise.withResolvers<void>()
    const reached = Promise.withResolvers<void>()
    const draining = await mesh.serve(
      gateways({
        list: async () => {
          reached.resolve()
          await release.promise
          return { gateways: [testGateway(0)] }
        },
      }),
    )
    const edge = await mesh.connectAs('edge-0', draining)
    const running = edge.client.gateways.list.query({})
    await reached.promise
    const drained = draining.drain()
    await vi.waitUntil(() => edge.state === 'connecting')
    expect(await failureOf(edge.client.gateways.cordon.mutate(cordon, within(300)))).toMatchObject({
      kind: 'Unavailable',
    })
    release.resolve()
    expect((await running).gateways).toHaveLength(1)
    await drained
  })

  it('behaves in process as over a socket: token, deadline, failures, hidden errors', async () => {
    await using mesh = new TestMesh()
    const implementation = fakeConfigPort({
      gateways: {
        list: async (_, call) => {
          expect(call.caller).toMatchObject({ kind: 'service', name: 'edge-0' })
          return { gateways: [testGateway(0)] }
        },
        cordon: () => Promise.reject(new Error('canary')),
        heartbeat: () => Promise.reject(unavailable),
      },
      assignments: { ensure: () => new Promise(() => undefined) },
    })
    const connect = (self: Parameters<TestMesh['connect']>[1]) =>
      connectInProcess({
        self,
        logger: quiet,
        metrics: mesh.metrics,
        router: configRouter,
        audience: 'config',
        implementation,
        authenticator: createAuthenticator({ audience: 'config', keySource: mesh.keys, joinSecret }),
      })
    await using edge = connect(await mesh.keys.identity('edge-0'))
    expect((await edge.client.gateways.list.query({})).gateways).toHaveLength(1)
    const hidden: unknown = await edge.client.gateways.cordon.mutate(cordon).catch((error: unknown) => error)
    expect(hidden).toMatchObject({ failure: { kind: 'Internal' } })
    expect(String(hidden)).not.toContain('canary')
    const slow = edge.client.assignments.ensure.mutate(
      { guildId: GuildId.parse('112233445566778899') },
      within(50),
    )
    expect(await failureOf(slow)).toMatchObject({ kind: 'DeadlineExceeded' })
    await using stranger = connect({ token: async () => 'x' })
    expect(await failureOf(stranger.client.gateways.list.query({}))).toMatchObject({
      kind: 'Unauthenticated',
    })
  })
})

function traceOf(traceparent: string | null | undefined): string | undefined {
  return traceparent?.split('-')[1]
}
