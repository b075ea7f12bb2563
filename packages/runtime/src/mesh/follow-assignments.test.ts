import {
  type Assignment,
  type ConfigPort,
  gatewayIdOf,
  GuildId,
  MeshError,
  type WatchEvent,
} from '@guildmesh/contracts'
import { describe, expect, it, vi } from 'vitest'
import { fakeConfigPort } from '../../test/fake-config-port.ts'
import { quiet, testGateway, TestMesh } from '../../test/test-mesh.ts'
import { followAssignments } from './follow-assignments.ts'
import { RoutingTable } from './routing-table.ts'

const guildId = GuildId.parse('112233445566778899')

function owner(ordinal: number, epoch: number): Assignment {
  return { guildId, gatewayId: gatewayIdOf(ordinal), epoch, assignedAt: 1 }
}

const snapshot: WatchEvent = {
  type: 'snapshot',
  cursor: '1:1',
  assignments: [owner(0, 1)],
  gateways: [testGateway(0)],
  first: true,
  complete: true,
}

/** A watch that answers a snapshot, or what follows the cursor, and then keeps quiet until it is ended. */
function watching(
  resumed: (string | undefined)[],
  after: (cursor: string | undefined) => WatchEvent[],
): ConfigPort {
  return fakeConfigPort({
    assignments: {
      async *watch({ lastEventId }, call) {
        resumed.push(lastEventId)
        yield* after(lastEventId)
        await new Promise((resolve) => call.signal.addEventListener('abort', resolve, { once: true }))
      },
    },
  })
}

describe('following assignments', () => {
  it('resumes after the last event that was taken, through a restart of the config API', async () => {
    await using mesh = new TestMesh()
    const resumed: (string | undefined)[] = []
    const first = await mesh.serve(watching(resumed, () => [snapshot, { type: 'current', cursor: '1:2' }]))
    const table = new RoutingTable()
    const connection = await mesh.connectAs('edge-0', first)
    const end = new AbortController()
    const following = followAssignments({ connection, table, logger: quiet, signal: end.signal })
    await table.complete
    await vi.waitUntil(() => table.revision === '1:2')
    await first.close()
    // The table goes on serving while nobody answers.
    expect(table.ownerOf(guildId)?.gatewayId).toBe('gateway-0')
    await mesh.serve(
      watching(resumed, () => [{ type: 'assignment', cursor: '1:3', assignment: owner(1, 2) }]),
      { port: first.port },
    )
    await vi.waitUntil(() => table.revision === '1:3', { timeout: 5000 })
    expect(table.ownerOf(guildId)).toEqual(owner(1, 2))
    expect(resumed).toEqual([undefined, '1:2'])
    end.abort()
    await following
  })

  it('begins again if the config API fails in the middle', async () => {
    await using mesh = new TestMesh()
    const resumed: (string | undefined)[] = []
    const server = await mesh.serve(
      watching(resumed, (cursor) => {
        if (cursor === undefined) return [snapshot]
        if (resumed.length < 4)
          throw new MeshError({ kind: 'Unavailable', service: 'postgresql', retryAfterMs: 1 })
        return [{ type: 'assignment', cursor: '1:5', assignment: owner(2, 9) }]
      }),
    )
    const end = new AbortController()
    const table = new RoutingTable()
    const connection = await mesh.connectAs('edge-0', server)
    const following = followAssignments({ connection, table, logger: quiet, signal: end.signal })
    await table.complete
    await server.drain()
    await server.close()
    const again = await mesh.serve(
      watching(resumed, () => {
        if (resumed.length < 4)
          throw new MeshError({ kind: 'Unavailable', service: 'postgresql', retryAfterMs: 1 })
        return [{ type: 'assignment', cursor: '1:5', assignment: owner(2, 9) }]
      }),
      { port: server.port },
    )
    await vi.waitUntil(() => table.revision === '1:5', { timeout: 10_000 })
    expect(resumed).toEqual([undefined, '1:1', '1:1', '1:1'])
    end.abort()
    await following
    await again.close()
  })

  it('moves to the other replica when the one it watches drains, and resumes there', async () => {
    await using mesh = new TestMesh()
    const watched: { replica: number; cursor: string | undefined }[] = []
    const replica = (number: number) =>
      fakeConfigPort({
        assignments: {
          async *watch({ lastEventId }, call) {
            watched.push({ replica: number, cursor: lastEventId })
            yield lastEventId === undefined ? snapshot : { type: 'current', cursor: '1:7' }
            await new Promise((resolve) => call.signal.addEventListener('abort', resolve, { once: true }))
          },
        },
      })
    const replicas = [await mesh.serve(replica(0)), await mesh.serve(replica(1))]
    const connection = mesh.connect(
      replicas.map(({ url }) => url),
      await mesh.keys.identity('gateway-0'),
    )
    const end = new AbortController()
    const table = new RoutingTable()
    const following = followAssignments({ connection, table, logger: quiet, signal: end.signal })
    await table.complete
    const first = watched[0]?.replica ?? 0
    await replicas[first]?.drain()
    await vi.waitUntil(() => table.revision === '1:7', { timeout: 5000 })
    expect(watched).toEqual([
      { replica: first, cursor: undefined },
      { replica: 1 - first, cursor: '1:1' },
    ])
    end.abort()
    await following
  })
})
