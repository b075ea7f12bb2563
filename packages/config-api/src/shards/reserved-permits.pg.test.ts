import type { ShardLease } from '@guildmesh/contracts'
import { describe, expect, test } from 'vitest'
import { acquire, claim, only, shardWorld } from '../../test/shard-world.ts'
import { failureOf, registerGateway, type TestGateway } from '../../test/start-core.ts'

const identifyLimit = 10
const world = shardWorld(identifyLimit)

const session = (generation: number) => ({ generation, sessionId: 'abc', resumeUrl: '', seq: 1 })

/** A gateway with one shard of one. */
async function soleHolder() {
  const gateway = await registerGateway(world.first, 0)
  return { gateway, ...asHolder(gateway, await only(acquire(gateway, 1))) }
}

function asHolder(gateway: TestGateway, lease: ShardLease) {
  const { identify } = gateway.calls.shards
  const claimed = claim(gateway, lease)
  return {
    claimed,
    reserve: async (usedGeneration = 0) =>
      (await identify.reserve({ ...claimed, usedGeneration })).generation,
    permit: async (usedGeneration = 0) =>
      (await identify.permit({ ...claimed, maxConcurrency: 1, usedGeneration })).generation,
  }
}

/** The shard goes to another gateway, whose lease has a higher epoch. */
async function successor() {
  await world.database.query(`UPDATE gateways SET holds_shards_as = NULL WHERE gateway_id = 'gateway-0'`)
  const next = await registerGateway(world.second, 1)
  return asHolder(next, await only(acquire(next, 1)))
}

/** Permits that count as spent: those of a day, and the reserved ones. */
async function spent(): Promise<number> {
  const rows = await world.database.query(
    `SELECT 1 FROM identifies WHERE slot_at IS NULL OR slot_at > clock_timestamp() - interval '24 hours'`,
  )
  return rows.length
}

describe('a reserved permit', () => {
  test('is one for each lease, and a permit that is asked for later is that one, with a place in time', async () => {
    const { reserve, permit } = await soleHolder()
    const reserved = await reserve()
    expect(await reserve()).toBe(reserved)
    expect(await permit()).toBe(reserved)
    expect(await spent()).toBe(1)
    const next = await reserve(reserved)
    expect(next).toBeGreaterThan(reserved)
    expect(await spent()).toBe(2)
  })

  test('that was used unseen is not given out again: a generation is of one session', async () => {
    const { reserve, permit } = await soleHolder()
    const used = await reserve()
    expect(await permit(used)).toBeGreaterThan(used)
    expect(await spent()).toBe(2)
  })

  test('that a stored session shows as used is not given out again', async () => {
    const { gateway, claimed, reserve, permit } = await soleHolder()
    const used = await reserve()
    await gateway.calls.shards.checkpoint.store({ ...claimed, session: session(used) })
    expect(await permit()).toBeGreaterThan(used)
    expect(await spent()).toBe(2)
  })

  test('that is given back passes to the next holder under a new generation, and is spent once', async () => {
    const { gateway, claimed, reserve } = await soleHolder()
    const reserved = await reserve()
    await gateway.calls.shards.lease.release({ ...claimed, session: null, reserved })
    const next = await successor()
    const taken = await next.reserve()
    expect(taken).toBeGreaterThan(reserved)
    expect(await spent()).toBe(1)
    expect(await next.permit()).toBe(taken)
    expect(await spent()).toBe(1)
  })

  test('of a lease that expired counts as used: nobody can know', async () => {
    const { reserve } = await soleHolder()
    const reserved = await reserve()
    await world.database.query('UPDATE shard_leases SET holder = NULL, registration = NULL, restart = NULL')
    const next = await successor()
    expect(await next.permit()).toBeGreaterThan(reserved)
    expect(await spent()).toBe(2)
  })

  test('that a holder has used, and did not report before it gave the shard back, counts as used', async () => {
    const { gateway, claimed, reserve } = await soleHolder()
    const used = await reserve()
    await gateway.calls.shards.lease.release({ ...claimed, session: session(used), reserved: null })
    const next = await successor()
    expect(await next.reserve()).toBeGreaterThan(used)
    expect(await spent()).toBe(2)
  })

  test('is refused to a holder that has lost its lease', async () => {
    const { reserve } = await soleHolder()
    await world.database.query('UPDATE shard_leases SET epoch = epoch + 1')
    expect(await failureOf(reserve())).toMatchObject({ kind: 'StaleEpoch' })
  })
})

test('reservations take at most half of the budget, and a shard that has none still gets its permit (I14)', async () => {
  const gateway = await registerGateway(world.first, 0)
  const shards = (await acquire(gateway, 6)).map((lease) => asHolder(gateway, lease))
  const outcomes = await Promise.allSettled(shards.map(({ reserve }) => reserve()))
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(identifyLimit / 2)
  const without = shards[outcomes.findIndex(({ status }) => status === 'rejected')]
  if (!without) throw new Error('every shard has a reservation')
  expect(await failureOf(without.reserve())).toMatchObject({ kind: 'IdentifyBudgetSpent' })
  expect(await without.permit()).toBeGreaterThan(0)
})

test('whatever holders on two replicas ask at once, the day has no more than its budget and no generation comes twice (I14)', async () => {
  const gateway = await registerGateway(world.first, 0)
  const shards = (await acquire(gateway, 4)).map((lease) => asHolder(gateway, lease))
  const used: number[] = []
  for (let round = 0; round < 6; round++) {
    const outcomes = await Promise.allSettled(
      shards.map(async ({ reserve, permit }) => {
        const [, generation] = await Promise.all([reserve().catch(() => null), permit()])
        return generation
      }),
    )
    used.push(...outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : [])))
    // What was permitted counts as used: its place has come.
    await world.database.query('UPDATE identifies SET slot_at = least(slot_at, clock_timestamp())')
    expect(await spent()).toBeLessThanOrEqual(identifyLimit)
  }
  expect(used.length).toBeGreaterThanOrEqual(identifyLimit / 2)
  expect(new Set(used).size).toBe(used.length)
})
