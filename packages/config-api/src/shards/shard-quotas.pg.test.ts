import type { ShardLease } from '@guildmesh/contracts'
import { describe, expect, test } from 'vitest'
import { acquire, claim, holders, only, renew, session, shardWorld } from '../../test/shard-world.ts'
import { failureOf, noLoad, registerGateway } from '../../test/start-core.ts'

const world = shardWorld(5)

/** Waits until a gateway's question for shards has reached the database. */
async function eventuallyJoined(gatewayId: string): Promise<void> {
  const joined = `SELECT 1 FROM gateways WHERE gateway_id = '${gatewayId}' AND holds_shards_as IS NOT NULL`
  while ((await world.database.query(joined)).length === 0)
    await new Promise((resolve) => setImmediate(resolve))
}

describe('quotas', () => {
  test('a gateway that joins gets its quota: the holder is asked to hand over, and only what is needed', async () => {
    const a = await registerGateway(world.first, 0)
    let held = await acquire(a, 4)
    expect(held).toHaveLength(4)
    const b = await registerGateway(world.second, 1)
    expect(await acquire(b, 4)).toEqual([])
    const { handOver } = await renew(a, held)
    expect(handOver).toEqual([2, 3])
    for (const lease of held.filter(({ shardId }) => handOver.includes(shardId))) {
      await a.calls.shards.lease.release({ ...claim(a, lease), session: null })
    }
    held = held.filter(({ shardId }) => !handOver.includes(shardId))
    expect(await acquire(a, 4)).toEqual([])
    expect((await acquire(b, 4)).map(({ shardId }) => shardId)).toEqual([2, 3])
    expect((await renew(a, held)).handOver).toEqual([])
  })

  test('a gateway that never asks for shards takes none from others', async () => {
    const a = await registerGateway(world.first, 0)
    const held = await acquire(a, 4)
    const b = await registerGateway(world.second, 1)
    await b.calls.gateways.heartbeat({ gatewayId: b.gatewayId, incarnation: b.incarnation, load: noLoad })
    expect((await renew(a, held)).handOver).toEqual([])
  })

  test('a restart on the same volume gets its shards back at once, with their sessions', async () => {
    const a = await registerGateway(world.first, 0)
    const lease = await only(acquire(a, 1))
    await a.calls.shards.checkpoint.store({ ...claim(a, lease), session })
    const again = await registerGateway(world.second, 0, { previous: a.incarnation })
    expect(await only(acquire(again, 1))).toMatchObject({ shardId: 0, epoch: 2, session })
    expect(await failureOf(renew(a, [lease]))).toMatchObject({ kind: 'StaleIncarnation' })
  })

  test('a new incarnation without the volume has to wait until the leases of the former one expire', async () => {
    const a = await registerGateway(world.first, 0)
    await acquire(a, 1)
    const again = await registerGateway(world.second, 0)
    expect(await acquire(again, 1)).toEqual([])
    expect(await holders(world)).toEqual(['gateway-0'])
  })
})

describe('hand-over without waiting', () => {
  test('what a leaving gateway gives back goes to others at once, and never back to it', async () => {
    const a = await registerGateway(world.first, 0)
    const held = await acquire(a, 4)
    expect(held).toHaveLength(4)
    const b = await registerGateway(world.second, 1)
    expect(await acquire(b, 4)).toEqual([])
    const who = { gatewayId: a.gatewayId, incarnation: a.incarnation }
    await a.calls.shards.lease.leave(who)
    for (const lease of held) await a.calls.shards.lease.release({ ...claim(a, lease), session })
    expect(await acquire(a, 4)).toEqual([])
    expect(await acquire(b, 4)).toHaveLength(4)
    expect(await holders(world)).toEqual(Array.from({ length: 4 }, () => b.gatewayId))
  })

  test('a gateway that left takes part again in its next incarnation', async () => {
    const a = await registerGateway(world.first, 0)
    await a.calls.shards.lease.leave({ gatewayId: a.gatewayId, incarnation: a.incarnation })
    expect(await acquire(a, 2)).toEqual([])
    const next = await registerGateway(world.first, 0)
    expect(await acquire(next, 2)).toHaveLength(2)
  })

  test.each(['is given back', 'expires'])(
    'a gateway that waits for a shard gets it as soon as one %s, whichever replica it asked',
    async (how) => {
      const a = await registerGateway(world.first, 0)
      const lease = await only(acquire(a, 1))
      const b = await registerGateway(world.second, 1)
      await a.calls.shards.lease.leave({ gatewayId: a.gatewayId, incarnation: a.incarnation })
      let rounds = 0
      let taken: readonly ShardLease[] = []
      const waiting = (async () => {
        while (taken.length === 0) {
          rounds += 1
          const { gatewayId, incarnation, calls } = b
          const reply = await calls.shards.lease.acquire({
            gatewayId,
            incarnation,
            shardCount: 1,
            waitMs: 2000,
          })
          taken = reply.acquired
        }
      })()
      await eventuallyJoined(b.gatewayId)
      if (how === 'is given back') await a.calls.shards.lease.release({ ...claim(a, lease), session })
      else
        await world.database.query(
          'UPDATE shard_leases SET holder = NULL, registration = NULL, restart = NULL',
        )
      await waiting
      expect(taken).toMatchObject([{ shardId: 0, epoch: 2, holder: b.gatewayId }])
      // Not by asking again: the open question was answered.
      expect(rounds).toBe(1)
    },
  )
})
