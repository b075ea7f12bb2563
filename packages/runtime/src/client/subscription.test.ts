import { type ConfigPort, configRouter, MeshError, type WatchEvent } from '@guildmesh/contracts'
import { describe, expect, it, vi } from 'vitest'
import { fakeConfigPort } from '../../test/fake-config-port.ts'
import { quiet, TestMesh } from '../../test/test-mesh.ts'
import { createAuthenticator } from '../identity/authenticator.ts'
import { connectInProcess } from './connect-mesh.ts'
import type { MeshConnection } from './connection.ts'
import { subscriptionEvents } from './subscription-events.ts'

type Config = MeshConnection<typeof configRouter>

const current = (revision: number): WatchEvent => ({ type: 'current', cursor: `1:${revision}` })

/** Both ways to the same port: what holds of one must hold of the other. */
const ways = ['over a socket', 'in process'] as const

async function connect(
  mesh: TestMesh,
  way: (typeof ways)[number],
  implementation: ConfigPort,
): Promise<Config> {
  if (way === 'over a socket') return mesh.connectAs('edge-0', await mesh.serve(implementation))
  return connectInProcess({
    self: await mesh.keys.identity('edge-0'),
    logger: quiet,
    metrics: mesh.metrics,
    router: configRouter,
    audience: 'config',
    implementation,
    authenticator: createAuthenticator({ audience: 'config', keySource: mesh.keys }),
  })
}

function watch(connection: Config, signal: AbortSignal, lastEventId?: string) {
  return subscriptionEvents<{ id: string; data: WatchEvent }>(
    (observer) =>
      connection.client.assignments.watch.subscribe(
        lastEventId === undefined ? {} : { lastEventId },
        observer,
      ),
    signal,
  )
}

describe.each(ways)('a subscription %s', (way) => {
  it('gives parsed events in order, and ends when the server ends it', async () => {
    await using mesh = new TestMesh()
    const port = fakeConfigPort({
      assignments: {
        async *watch() {
          for (let revision = 1; revision <= 50; revision++) yield current(revision)
        },
      },
    })
    await using connection = await connect(mesh, way, port)
    const seen: string[] = []
    for await (const event of watch(connection, new AbortController().signal)) {
      expect(event.data.cursor).toBe(event.id)
      seen.push(event.id)
    }
    expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => `1:${i + 1}`))
  })

  it('ends at the server when its reader leaves', async () => {
    await using mesh = new TestMesh()
    const ended = Promise.withResolvers<void>()
    const port = fakeConfigPort({
      assignments: {
        async *watch(_, call) {
          call.signal.addEventListener('abort', () => ended.resolve(), { once: true })
          for (let revision = 1; !call.signal.aborted; revision++) {
            yield current(revision)
            await new Promise((resolve) => setImmediate(resolve))
          }
        },
      },
    })
    await using connection = await connect(mesh, way, port)
    for await (const event of watch(connection, new AbortController().signal)) {
      if (event.id === '1:3') break
    }
    await expect(ended.promise).resolves.toBeUndefined()
  })

  it('ends at the server when its signal is aborted while nothing happens', async () => {
    await using mesh = new TestMesh()
    const begun = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<void>()
    const port = fakeConfigPort({
      assignments: {
        async *watch(_, call) {
          begun.resolve()
          await new Promise((resolve) => call.signal.addEventListener('abort', resolve, { once: true }))
          ended.resolve()
          yield current(1)
        },
      },
    })
    await using connection = await connect(mesh, way, port)
    const end = new AbortController()
    const reading = collect(watch(connection, end.signal))
    await begun.promise
    end.abort()
    expect(await reading).toEqual([])
    await ended.promise
  })

  it('rejects with the failure that the server answered, before or after the first event', async () => {
    await using mesh = new TestMesh()
    const moved = new MeshError({ kind: 'Forbidden', reason: 'a test' })
    const port = fakeConfigPort({
      assignments: {
        async *watch({ lastEventId }) {
          if (lastEventId !== undefined) yield current(1)
          throw moved
        },
      },
    })
    await using connection = await connect(mesh, way, port)
    for (const lastEventId of [undefined, '1:0']) {
      const reading = collect(watch(connection, new AbortController().signal, lastEventId))
      const error: unknown = await reading.catch((caught: unknown) => caught)
      expect(error).toBeInstanceOf(MeshError)
      expect(error).toMatchObject({ failure: { kind: 'Forbidden', reason: 'a test' } })
    }
  })

  it('ends with a failure when an event does not fit the contract', async () => {
    await using mesh = new TestMesh()
    const broken: WatchEvent = JSON.parse('{"type":"current","cursor":"nonsense"}')
    const port = fakeConfigPort({
      assignments: {
        async *watch(_, call) {
          yield broken
          await new Promise((resolve) => call.signal.addEventListener('abort', resolve, { once: true }))
        },
      },
    })
    await using connection = await connect(mesh, way, port)
    const reading = collect(watch(connection, new AbortController().signal))
    await expect(reading).rejects.toThrow('does not fit the contract')
  })
})

describe('a resumed subscription', () => {
  it('carries a fresh token, since the first may have run out', async () => {
    await using mesh = new TestMesh()
    const port = fakeConfigPort({
      assignments: {
        async *watch({ lastEventId }, call) {
          yield current(lastEventId === undefined ? 1 : 2)
          await new Promise((resolve) => call.signal.addEventListener('abort', resolve, { once: true }))
        },
      },
    })
    const first = await mesh.serve(port)
    const identity = await mesh.keys.identity('edge-0')
    const token = vi.fn<(audience: string) => Promise<string>>((audience) => identity.token(audience))
    const connection = mesh.connect([first.url], { token })
    const end = new AbortController()
    const seen: string[] = []
    const reading = (async () => {
      for await (const event of watch(connection, end.signal)) seen.push(event.id)
    })()
    await vi.waitUntil(() => seen.length === 1)
    const asked = token.mock.calls.length
    await first.close()
    await mesh.serve(port, { port: first.port })
    await vi.waitUntil(() => seen.length === 2, { timeout: 5000 })
    expect(token.mock.calls.length).toBeGreaterThan(asked)
    expect(seen).toEqual(['1:1', '1:2'])
    end.abort()
    await reading
  })
})

async function collect<T>(events: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = []
  for await (const event of events) collected.push(event)
  return collected
}
