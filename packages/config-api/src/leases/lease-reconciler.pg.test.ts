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
  core = await startCore(database.url, { leaseHoldMs: 3_600_000 })
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

/** A reconciler on a clock that the test moves. */
function reconciler() {
  const clock = { now: 0 }
  const metrics = new Metrics({ processMetrics: false })
  const subject = new LeaseReconciler({
    database: core.database,
    logger: quiet,
    metrics,
    now: () => clock.now,
  })
  /** Watches for a time, doing something before every turn. */
  const watch = async (forMs: number, before: () => Promise<unknown> = async () => {}) => {
    for (const until = clock.now + forMs; clock.now < until; clock.now += reconcileEveryMs) {
      await before()
      await subject.turn(signal)
    }
    await subject.turn(signal)
  }
  return { watch, clock, turn: () => subject.turn(signal) }
}

async function statuses(): Promise<string[]> {
  const { gateways } = await callAs(core, edge).gateways.list({})
  return gateways.map(({ status }) => status)
}

async function holders(): Promise<(string | null)[]> {
  const { shards } = await callAs(core, edge).shards.list()
  return shards.map(({ holder }) => holder)
}

test('a gateway that does not renew becomes offline, and its shards free, after a full hold and not before', async () => {
  const { gatewayId, incarnation, calls } = await registerGateway(core, 0)
  await calls.shards.acquire({ gatewayId, incarnation, shardCount: 2 })
  const { watch } = reconciler()
  await watch(leaseTiming.granterMs - reconcileEveryMs)
  expect(await statuses()).toEqual(['active'])
  expect(await holders()).toEqual([gatewayId, gatewayId])
  await watch(reconcileEveryMs)
  expect(await statuses()).toEqual(['offline'])
  expect(await holders()).toEqual([null, null])
})

test('a gateway that renews stays, though another beside it lapses', async () => {
  const alive = await registerGateway(core, 0)
  await registerGateway(core, 1)
  const { watch } = reconciler()
  await watch(3 * leaseTiming.granterMs, () =>
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
  await calls.shards.acquire({ gatewayId, incarnation, shardCount: 1 })
  const { watch } = reconciler()
  await watch(leaseTiming.granterMs, () => calls.gateways.heartbeat({ gatewayId, incarnation, load: noLoad }))
  expect(await statuses()).toEqual(['active'])
  expect(await holders()).toEqual([null])
})

test('a renewal between the last look and the end of the lease saves it', async () => {
  const { gatewayId, incarnation, calls } = await registerGateway(core, 0)
  const racing = reconciler()
  await racing.watch(leaseTiming.granterMs - reconcileEveryMs)
  racing.clock.now += reconcileEveryMs
  // Ends the lease with what it read before the heartbeat below, as a slow reconciler would.
  const seen = await database.query<{ renew_seq: string }>('SELECT renew_seq FROM gateways')
  await calls.gateways.heartbeat({ gatewayId, incarnation, load: noLoad })
  const now = await database.query<{ renew_seq: string }>('SELECT renew_seq FROM gateways')
  expect(Number(now[0]?.renew_seq)).toBe(Number(seen[0]?.renew_seq) + 1)
  await racing.turn()
  expect(await statuses()).toEqual(['active'])
})

test('an outage in which nobody could renew fences nobody when it ends (I10)', async () => {
  await registerGateway(core, 0)
  const { watch, clock, turn } = reconciler()
  await watch(leaseTiming.granterMs / 2)
  clock.now += 120_000
  await turn()
  expect(await statuses()).toEqual(['active'])
})

test('two reconcilers at once end a lease once', async () => {
  await registerGateway(core, 0)
  const both = [reconciler(), reconciler()]
  await Promise.all(both.map(({ watch }) => watch(leaseTiming.granterMs)))
  const changes = await database.query(
    `SELECT body FROM changes WHERE body #>> '{gateway,status}' = 'offline' AND body #>> '{gateway,gatewayId}' = 'gateway-0'`,
  )
  const registrations = new Set(
    changes.map(
      ({ body }) =>
        (body as { gateway: { incarnation: { registration: number } } }).gateway.incarnation.registration,
    ),
  )
  expect(changes.length).toBe(registrations.size)
  expect(await statuses()).toEqual(['offline'])
})

test('the running config API fences a silent gateway by itself', async () => {
  await using other = await startCore(database.url, { leaseHoldMs: 600, name: 'config-quick' })
  await registerGateway(other, 3)
  await expect.poll(statuses, { timeout: 15_000 }).toEqual(['offline'])
})
