import { gatewayIdOf, type GatewayStatus, ordinalOf } from '@guildmesh/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { placeGuild, type PlacementCandidate } from './place-guild.ts'

const status = fc.constantFrom<GatewayStatus>('active', 'cordoned', 'draining', 'offline')
const candidates = fc.uniqueArray(
  fc.record({
    gatewayId: fc.nat(20).map(gatewayIdOf),
    status,
    capacity: fc.integer({ min: 1, max: 2000 }),
    guildCount: fc.nat(3000),
  }),
  { selector: ({ gatewayId }) => gatewayId },
)

function gateway(ordinal: number, guildCount: number, capacity = 1000): PlacementCandidate {
  return { gatewayId: gatewayIdOf(ordinal), status: 'active', capacity, guildCount }
}

test('only active gateways are chosen, and one always is if there is one', () => {
  fc.assert(
    fc.property(candidates, (all) => {
      const choice = placeGuild(all)
      const active = all.filter((one) => one.status === 'active')
      if (active.length === 0) expect(choice.kind).toBe('NoGatewayAvailable')
      else expect(active.map((one) => one.gatewayId)).toContain('gatewayId' in choice && choice.gatewayId)
    }),
  )
})

test('no active gateway is less loaded than the chosen one, nor equally loaded with a lower ordinal', () => {
  fc.assert(
    fc.property(candidates, (all) => {
      const choice = placeGuild(all)
      if (choice.kind !== 'placed') return
      const chosen = all.find((one) => one.gatewayId === choice.gatewayId)
      if (!chosen) throw new Error('chose a gateway that was not offered')
      for (const other of all.filter((one) => one.status === 'active')) {
        const difference = other.guildCount * chosen.capacity - chosen.guildCount * other.capacity
        expect(difference).toBeGreaterThanOrEqual(0)
        if (difference === 0)
          expect(ordinalOf(other.gatewayId)).toBeGreaterThanOrEqual(ordinalOf(chosen.gatewayId))
      }
    }),
  )
})

test('the order in which candidates come does not matter', () => {
  fc.assert(
    fc.property(candidates, (all) => {
      expect(placeGuild(all.toReversed())).toEqual(placeGuild(all))
    }),
  )
})

test('guilds that arrive one by one spread evenly over equal gateways', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.nat(200), (gateways, guilds) => {
      const counts = Array.from({ length: gateways }, () => 0)
      for (let guild = 0; guild < guilds; guild++) {
        const choice = placeGuild(counts.map((count, ordinal) => gateway(ordinal, count)))
        if (choice.kind !== 'placed') throw new Error('no gateway')
        const ordinal = ordinalOf(choice.gatewayId)
        counts[ordinal] = (counts[ordinal] ?? 0) + 1
      }
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
    }),
  )
})

test('load is relative to capacity, and a full mesh still takes guilds', () => {
  expect(placeGuild([gateway(0, 10, 100), gateway(1, 15, 1000)])).toMatchObject({
    gatewayId: 'gateway-1',
    reason: 'least-loaded',
    load: { guildCount: 15, capacity: 1000 },
    activeGateways: 2,
  })
  expect(placeGuild([gateway(0, 101, 100), gateway(1, 105, 100)])).toMatchObject({
    gatewayId: 'gateway-0',
    reason: 'all-full',
    load: { guildCount: 101, capacity: 100 },
  })
  expect(placeGuild([gateway(0, 1), { ...gateway(1, 0), status: 'cordoned' }])).toMatchObject({
    gatewayId: 'gateway-0',
    reason: 'only-active',
    activeGateways: 1,
  })
})
