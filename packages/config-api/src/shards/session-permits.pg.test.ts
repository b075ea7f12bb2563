import type { ShardLease } from '@guildmesh/contracts'
import { describe, expect, test } from 'vitest'
import { acquire, claim, only, shardWorld } from '../../test/shard-world.ts'
import { callAs, failureOf, registerGateway } from '../../test/start-core.ts'
import type { ConfigCore } from '../config-core.ts'

const world = shardWorld(5)

describe('I14: IDENTIFY never exceeds the budget', () => {
  test('permits of one rate-limit key are five seconds apart, those of other keys do not wait', async () => {
    const a = await registerGateway(world.first, 0)
    const leases = await acquire(a, 4)
    const waits = []
    for (const lease of leases) {
      waits.push((await a.calls.shards.identify.permit({ ...claim(a, lease), maxConcurrency: 2 })).waitMs)
    }
    expect(waits.slice(0, 2)).toEqual([0, 0])
    for (const waitMs of waits.slice(2)) expect(waitMs).toBeGreaterThan(4000)
  })

  test('racing permits on two replicas: each has a generation of its own, and the day has no more than its budget', async () => {
    const a = await registerGateway(world.first, 0)
    const leases = await acquire(a, 12)
    const permit = (core: ConfigCore, lease: ShardLease) =>
      callAs(core, {
        kind: 'service',
        name: 'gateway-0',
        role: 'gateway',
        gatewayId: a.gatewayId,
      }).shards.identify.permit({
        ...claim(a, lease),
        maxConcurrency: 1,
      })
    const outcomes = await Promise.allSettled(
      leases.map((lease, index) => permit(index % 2 === 0 ? world.first : world.second, lease)),
    )
    const granted = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    expect(new Set(granted.map(({ generation }) => generation)).size).toBe(5)
    const places = granted.map(({ waitMs }) => waitMs).toSorted((x, y) => x - y)
    for (const [index, place] of places.entries()) {
      expect(place - (places[index - 1] ?? -Infinity)).toBeGreaterThan(5000)
    }
    const without = leases.find((_lease, index) => outcomes[index]?.status === 'rejected')
    if (!without) throw new Error('every shard got a permit')
    const refused = await failureOf(permit(world.first, without))
    expect(refused).toMatchObject({ kind: 'IdentifyBudgetSpent' })
    expect('retryAfterMs' in refused && refused.retryAfterMs).toBeGreaterThan(23 * 60 * 60 * 1000)
  })

  test("a permit that was not used passes to the shard's next holder, in its place of the queue", async () => {
    const a = await registerGateway(world.first, 0)
    const [used, unused] = await acquire(a, 2)
    if (!used || !unused) throw new Error('no two shards were leased')
    await a.calls.shards.identify.permit({ ...claim(a, used), maxConcurrency: 1 })
    const ahead = await a.calls.shards.identify.permit({ ...claim(a, unused), maxConcurrency: 1 })
    await a.calls.shards.lease.release({ ...claim(a, unused), session: null })
    const b = await registerGateway(world.second, 1)
    const handedOver = await only(acquire(b, 2))
    const permit = await b.calls.shards.identify.permit({ ...claim(b, handedOver), maxConcurrency: 1 })
    expect(permit.waitMs).toBeLessThanOrEqual(ahead.waitMs)
    expect(permit.generation).toBeGreaterThan(ahead.generation)
    expect(await world.database.query('SELECT generation FROM identifies')).toHaveLength(2)
  })

  test('the budget is free again after a day', async () => {
    const a = await registerGateway(world.first, 0)
    const [last, ...others] = await acquire(a, 6)
    if (!last) throw new Error('no shard was leased')
    const permit = (lease: ShardLease) =>
      a.calls.shards.identify.permit({ ...claim(a, lease), maxConcurrency: 1 })
    for (const lease of others) await permit(lease)
    expect(await failureOf(permit(last))).toMatchObject({ kind: 'IdentifyBudgetSpent' })
    await world.database.query(`UPDATE identifies SET slot_at = slot_at - interval '25 hours'`)
    expect((await permit(last)).waitMs).toBe(0)
  })
})
