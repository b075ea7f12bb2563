import { type Assignment, gatewayIdOf, GuildId, type WatchEvent } from '@guildmesh/contracts'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { testGateway } from '../../test/test-mesh.ts'
import { RoutingTable } from './routing-table.ts'

const guildId = (n: number) => GuildId.parse(String(100_000_000_000_000_000n + BigInt(n)))

function assigned(guild: number, gateway: number, epoch = 1): Assignment {
  return { guildId: guildId(guild), gatewayId: gatewayIdOf(gateway), epoch, assignedAt: 1 }
}

function snapshot(
  assignments: Assignment[],
  page: { first?: boolean; complete?: boolean; cursor?: string } = {},
): WatchEvent {
  const { first = true, complete = true, cursor = '1:10' } = page
  return {
    type: 'snapshot',
    cursor,
    assignments,
    gateways: [testGateway(0), testGateway(1)],
    first,
    complete,
  }
}

describe('a routing table', () => {
  it('serves what it knew until a new snapshot is complete, then exactly the snapshot', () => {
    const table = new RoutingTable()
    table.apply(snapshot([assigned(1, 0), assigned(2, 0)]))
    table.apply(snapshot([assigned(3, 1)], { complete: false, cursor: '2:1' }))
    expect(table.ownerOf(guildId(1))?.gatewayId).toBe('gateway-0')
    expect(table.ownerOf(guildId(3))).toBeNull()
    expect(table.revision).toBe('1:10')
    table.apply(snapshot([assigned(2, 1, 2)], { first: false, cursor: '2:2' }))
    expect(table.ownerOf(guildId(1))).toBeNull()
    expect(table.ownerOf(guildId(2))?.gatewayId).toBe('gateway-1')
    expect(table.guildsOf(gatewayIdOf(0))).toEqual([])
    expect(table.guildsOf(gatewayIdOf(1)).map((row) => row.guildId)).toEqual([guildId(3), guildId(2)])
    expect(table.revision).toBe('2:2')
  })

  it('learns from whoever has seen a higher epoch, and from nobody else', () => {
    const table = new RoutingTable()
    table.apply(snapshot([assigned(1, 0, 5)]))
    const changes: unknown[] = []
    const stop = table.onChange((change) => changes.push(change))
    table.learn(assigned(1, 1, 5))
    table.learn(assigned(1, 1, 4))
    expect(table.ownerOf(guildId(1))?.gatewayId).toBe('gateway-0')
    table.learn(assigned(1, 1, 6))
    table.apply({ type: 'assignment', cursor: '1:11', assignment: assigned(1, 0, 5) })
    expect(table.ownerOf(guildId(1))).toMatchObject({ gatewayId: 'gateway-1', epoch: 6 })
    table.apply(snapshot([assigned(1, 0, 5)], { cursor: '1:12' }))
    expect(table.ownerOf(guildId(1))).toMatchObject({ gatewayId: 'gateway-1', epoch: 6 })
    stop()
    table.learn(assigned(1, 0, 7))
    expect(changes).toEqual([{ type: 'assignment', assignment: assigned(1, 1, 6) }, { type: 'snapshot' }])
  })

  it('knows gateways and moves its cursor with every event', async () => {
    const table = new RoutingTable()
    table.apply(snapshot([]))
    await table.complete
    table.apply({ type: 'gateway', cursor: '1:11', gateway: testGateway(2, 'ws://gateway-2:3000') })
    table.apply({ type: 'current', cursor: '1:12' })
    expect(table.gateway(gatewayIdOf(2))?.address).toBe('ws://gateway-2:3000')
    expect(table.gateways()).toHaveLength(3)
    expect(table.revision).toBe('1:12')
  })

  it('I2: whatever is told in whatever order, an epoch never falls, and the index agrees with the owners', () => {
    const told = fc.record({
      how: fc.constantFrom('learn', 'watch', 'snapshot'),
      rows: fc.array(
        fc.record({ guild: fc.nat(3), gateway: fc.nat(2), epoch: fc.integer({ min: 1, max: 6 }) }),
        { minLength: 1, maxLength: 4 },
      ),
    })
    fc.assert(
      fc.property(fc.array(told, { maxLength: 30 }), (history) => {
        const table = new RoutingTable()
        for (const { how, rows } of history) {
          const before = new Map(rows.map(({ guild }) => [guild, table.ownerOf(guildId(guild))?.epoch ?? 0]))
          const assignments = rows.map(({ guild, gateway, epoch }) => assigned(guild, gateway, epoch))
          if (how === 'snapshot') table.apply(snapshot(assignments))
          for (const assignment of assignments) {
            if (how === 'learn') table.learn(assignment)
            if (how === 'watch') table.apply({ type: 'assignment', cursor: '1:11', assignment })
          }
          for (const [guild, epoch] of before) {
            expect(table.ownerOf(guildId(guild))?.epoch ?? 0).toBeGreaterThanOrEqual(epoch)
          }
          const indexed = [0, 1, 2].flatMap((gateway) =>
            table.guildsOf(gatewayIdOf(gateway)).map((row) => {
              expect(row.gatewayId).toBe(gatewayIdOf(gateway))
              return row.guildId
            }),
          )
          expect(new Set(indexed).size).toBe(indexed.length)
          expect(indexed).toHaveLength(table.size)
        }
      }),
    )
  })
})
