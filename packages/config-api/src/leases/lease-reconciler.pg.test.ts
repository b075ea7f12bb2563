import { leaseTiming } from '@guildmesh/placement'
import { Metrics } from '@guildmesh/runtime'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { callAs, edge, noLoad, quiet, registerGateway, startCore } from '../../test/start-core.ts'
import type { ConfigCore } from '../config-core.ts'
import { createTestDatabase, type TestDatabase } from '@guildmesh/postgres-dev/test-postgres'
import { LeaseReconciler, reconcileEveryMs } from './lease-reconciler.ts'

let database: TestDatabase
let core: ConfigCore
const signal = new AbortController().signal

beforeAll(async () => {
  database = await createTestDatabase()
  // The core's own reconciler waits longer than any test: only those of the tests decide.
  core = await startCore(database.url, { leaseExpireAfterMs: 3_600_000 })
})
afterAll(async () => {
  await core[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await database.query('DELETE FROM gateways')
  await database.query('DELETE FROM shard_leases')
  await database.query('UPDATE mesh SET shard_count = NULL')
})

/**
 * A reconciler on a clock that the test moves.
 * @param afterReading what happens between the reading of the leases and whatever the reconciler does about them
 */
function reconciler(afterReading: () => Promise<unknown> = async () => {}) {
  const clock = { now: 0 }
  const metrics = new Metrics({ processMetrics: false })
  let reading = false
  const subject = new LeaseReconciler({
    database: {
      async run(work, limits) {
        const result = await core.database.run(work, limits)
        if (reading) {
          reading = false
          await afterReading()
        }
        return result
      },
    },
    logger: quiet,
    metrics,
    now: () => clock.now,
  })
  const turn = async () => {
    reading = true
    await subject.turn(signal)
  }
  /** Watches for a time, doing something before every turn. */
  const watch = async (forMs: number, before: () => Promise<unknown> = async () => {}) => {
    for (const until = clock.now + forMs; clock.now < until; clock.now += reconcileEveryMs) {
      await before()
      await turn()
    }
    await turn()
  }
  /** How many leases it has ended. */
  const ended = async (): Promise<number> => {
    const { values } = (await metrics.registry.getSingleMetric('guildmesh_leases_expired_total')?.get()) ?? {
      values: [],
    }
    return values.reduce((sum, { value }) => sum + value, 0)
  }
  return { watch, clock, turn, ended }
}

async function statuses(): Promise<string[]> {
  const { gateways } = await callAs(core, edge).gateways.list({})
  return gateways.map(({ status }) => status)
}

async function holders(): Promise<(string | null)[]> {
  const { shards } = await callAs(core, edge).shards.lease.list()
  return shards.map(({ holder }) => holder)
}

test('a gateway that does not renew becomes offline, and its shards free, when its lease has expired and not before (R3)', async () => {
  const { gatewayId, incarnation, calls } = await registerGateway(core, 0)
  await calls.shards.lease.acquire({ gatewayId, incarnation, shardCount: 2 })
  const { watch } = reconciler()
  await watch(leaseTiming.expireAfterMs - reconcileEveryMs)
  expect(await statuses()).toEqual(['active'])
  expect(await holders()).toEqual([gatewayId, gatewayId])
  await watch(reconcileEveryMs)
  expect(await statuses()).toEqual(['offline'])
  expect(await holders()).toEqual([null, null])
})

test('a gateway that renews stays, though the lease of another expires', async () => {
  const alive = await registerGateway(core, 0)
  await registerGateway(core, 1)
  const { watch } = reconciler()
  await watch(3 * leaseTiming.expireAfterMs, () =>
    alive.calls.gateways.heartbeat({
      gatewayId: alive.gatewayId,
      incarnation: alive.incarnation,
      load: noLoad,
    }),
  )
  expect(await statuses()).toEqual(['active', 'offline'])
})

test('a gateway that heartbeats but no longer renews its shards loses the shards only', async () => {
  const { gatewayId, incarnation, calls } = await registerGateway(core, 0)
  await calls.shards.lease.acquire({ gatewayId, incarnation, shardCount: 1 })
  const { watch } = reconciler()
  await watch(leaseTiming.expireAfterMs, () =>
    calls.gateways.heartbeat({ gatewayId, incarnation, load: noLoad }),
  )
  expect(await statuses()).toEqual(['active'])
  expect(await holders()).toEqual([null])
})

test('a renewal between the last reading and the end of the lease saves the gateway and its shards', async () => {
  const { gatewayId, incarnation, calls } = await registerGateway(core, 0)
  const { acquired } = await calls.shards.lease.acquire({ gatewayId, incarnation, shardCount: 1 })
  let late = false
  const racing = reconciler(async () => {
    if (!late) return
    await calls.gateways.heartbeat({ gatewayId, incarnation, load: noLoad })
    const held = acquired.map(({ shardId, epoch }) => ({ shardId, epoch }))
    await calls.shards.lease.renew({ gatewayId, incarnation, held })
  })
  await racing.watch(leaseTiming.expireAfterMs - reconcileEveryMs)
  racing.clock.now += reconcileEveryMs
  late = true
  await racing.turn()
  expect(await statuses()).toEqual(['active'])
  expect(await holders()).toEqual([gatewayId])
  expect(await racing.ended()).toBe(0)
})

test('an outage in which nobody could renew fences nobody when it ends (I10)', async () => {
  await registerGateway(core, 0)
  const { watch, clock, turn } = reconciler()
  await watch(leaseTiming.expireAfterMs / 2)
  clock.now += 120_000
  await turn()
  expect(await statuses()).toEqual(['active'])
})

test('of two reconcilers that read the same lease, one ends it', async () => {
  await registerGateway(core, 0)
  const bothHaveRead = Promise.withResolvers<void>()
  let waiting = 0
  let together = false
  const both = [0, 1].map(() =>
    reconciler(async () => {
      if (!together) return
      waiting += 1
      if (waiting === 2) bothHaveRead.resolve()
      await bothHaveRead.promise
    }),
  )
  await Promise.all(both.map(({ watch }) => watch(leaseTiming.expireAfterMs - reconcileEveryMs)))
  for (const { clock } of both) clock.now += reconcileEveryMs
  together = true
  await Promise.all(both.map(({ turn }) => turn()))
  expect(await statuses()).toEqual(['offline'])
  const ended = await Promise.all(both.map((one) => one.ended()))
  expect(ended.toSorted((a, b) => a - b)).toEqual([0, 1])
})

test('the running config API fences a silent gateway by itself', async () => {
  await using other = await startCore(database.url, { leaseExpireAfterMs: 600, name: 'config-quick' })
  await registerGateway(other, 3)
  await expect.poll(statuses, { timeout: 15_000 }).toEqual(['offline'])
})
