import { type GatewayId, gatewayIdOf } from '@guildmesh/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planShards, type ShardTenure } from './plan-shards.ts'

/** Leases over up to 6 gateways, of which some take part. */
const meshes = fc
  .record({
    owners: fc.array(fc.option(fc.nat(5), { nil: null }), { minLength: 1, maxLength: 40 }),
    participants: fc.uniqueArray(fc.nat(5), { minLength: 1, maxLength: 6 }),
  })
  .map(({ owners, participants }) => ({
    shards: owners.map((owner, shardId) => tenure(shardId, owner)),
    participants: participants.map(gatewayIdOf),
  }))

function tenure(shardId: number, owner: number | null, last: number | null = owner): ShardTenure {
  return {
    shardId,
    holder: owner === null ? null : gatewayIdOf(owner),
    lastHolder: last === null ? null : gatewayIdOf(last),
  }
}

function heldBy(shards: readonly ShardTenure[], gatewayId: GatewayId): number {
  return shards.filter(({ holder }) => holder === gatewayId).length
}

/** Everybody acts on its plan in turn until nobody has anything to do. Gives the hand-overs it took. */
function settle(start: readonly ShardTenure[], participants: readonly GatewayId[]) {
  const shards = start.map((shard) => ({ ...shard }))
  const everybody = [...new Set([...participants, ...shards.flatMap(({ holder }) => holder ?? [])])]
  let handOvers = 0
  for (let round = 0; round < 10; round++) {
    for (const gatewayId of everybody) {
      const plan = planShards(gatewayId, shards, participants)
      for (const shard of shards) {
        if (plan.handOver.includes(shard.shardId)) {
          handOvers++
          shard.lastHolder = shard.holder
          shard.holder = null
        }
        if (plan.acquire.includes(shard.shardId)) shard.holder = gatewayId
      }
    }
  }
  return { shards, handOvers }
}

test('once everybody did its part, every shard is held by a participant and no two hold numbers that differ by more than one', () => {
  fc.assert(
    fc.property(meshes, ({ shards, participants }) => {
      const settled = settle(shards, participants)
      const counts = participants.map((gatewayId) => heldBy(settled.shards, gatewayId))
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(shards.length)
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
    }),
  )
})

test('a settled mesh has nothing to do', () => {
  fc.assert(
    fc.property(meshes, ({ shards, participants }) => {
      const { shards: settled } = settle(shards, participants)
      for (const gatewayId of participants) {
        expect(planShards(gatewayId, settled, participants)).toMatchObject({ acquire: [], handOver: [] })
      }
    }),
  )
})

test('hand-overs are as few as any even division allows', () => {
  fc.assert(
    fc.property(meshes, ({ shards, participants }) => {
      const base = Math.floor(shards.length / participants.length)
      const larger = shards.length % participants.length
      const counts = participants.map((gatewayId) => heldBy(shards, gatewayId)).toSorted((a, b) => b - a)
      const outsiders = shards.filter(({ holder }) => holder !== null && !participants.includes(holder))
      const excess = counts.map((count, rank) => Math.max(0, count - base - (rank < larger ? 1 : 0)))
      const least = outsiders.length + excess.reduce((sum, count) => sum + count, 0)
      expect(settle(shards, participants).handOvers).toBe(least)
    }),
  )
})

test('two gateways are never offered more free shards than their quotas, nor anything that is held', () => {
  fc.assert(
    fc.property(meshes, ({ shards, participants }) => {
      for (const gatewayId of participants) {
        const { quota, acquire } = planShards(gatewayId, shards, participants)
        if (acquire.length > 0) expect(acquire.length + heldBy(shards, gatewayId)).toBeLessThanOrEqual(quota)
        for (const shardId of acquire) expect(shards[shardId]?.holder).toBeNull()
      }
    }),
  )
})

test('a gateway that comes back gets its former shards first', () => {
  const shards = [tenure(0, null, 1), tenure(1, 1), tenure(2, null, 0), tenure(3, null, 0)]
  const { acquire } = planShards(gatewayIdOf(0), shards, [gatewayIdOf(0), gatewayIdOf(1)])
  expect(acquire).toEqual([2, 3])
})

test('who does not take part gets nothing and gives everything', () => {
  const shards = [tenure(0, 0), tenure(1, 0), tenure(2, null)]
  expect(planShards(gatewayIdOf(0), shards, [gatewayIdOf(1)])).toEqual({
    quota: 0,
    acquire: [],
    handOver: [0, 1],
  })
})
