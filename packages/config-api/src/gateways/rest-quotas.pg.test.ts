import type { RestGrant, RestReport } from '@guildmesh/contracts'
import { guaranteedMinimum, restLimits } from '@guildmesh/placement'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { noLoad, registerGateway, startCore, type TestGateway } from '../../test/start-core.ts'
import type { ConfigCore } from '../config-core.ts'
import { createTestDatabase, type TestDatabase } from '@guildmesh/postgres-dev/test-postgres'

let database: TestDatabase
let cores: ConfigCore[]
const { requests, invalid } = restLimits

beforeAll(async () => {
  database = await createTestDatabase()
  // Their reconcilers wait longer than any test: a gateway is offline when the test says so.
  const quiet = { leaseExpireAfterMs: 3_600_000 }
  cores = [
    await startCore(database.url, quiet),
    await startCore(database.url, { ...quiet, name: 'config-other' }),
  ]
})
afterAll(async () => {
  for (const core of cores) await core[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await database.query('DELETE FROM gateways')
  await database.query('DELETE FROM former_rest_quotas')
})

const limits = { signal: new AbortController().signal, remainingMs: () => 10_000 }
const nothing = { quota: 0, guaranteed: 0 }

/** A gateway that reports what it holds, and uses all of it. */
class Holder {
  granted: Omit<RestGrant, 'quotaTtlMs'> = { requests: nothing, invalid: nothing }
  demand = 0
  spent = 0
  processId: string
  #beat = 0
  #gateway: TestGateway

  constructor(gateway: TestGateway) {
    this.#gateway = gateway
    this.processId = `process ${gateway.incarnation.registration}`
  }

  static async register(ordinal: number, core = cores[0]): Promise<Holder> {
    if (!core) throw new Error('no core')
    return new Holder(await registerGateway(core, ordinal))
  }

  get id(): string {
    return this.#gateway.gatewayId
  }

  /** Another process on the same volume. */
  async restart(): Promise<Holder> {
    const [core] = cores
    if (!core) throw new Error('no core')
    const { incarnation } = this.#gateway
    const ordinal = Number(this.id.split('-')[1])
    return new Holder(await registerGateway(core, ordinal, { previous: incarnation }))
  }

  /** The next heartbeat, to be sent now or later. */
  next(): RestReport {
    this.#beat += 1
    return {
      processId: this.processId,
      beat: this.#beat,
      requests: {
        demand: this.demand,
        holds: this.granted.requests.quota,
        guaranteed: this.granted.requests.guaranteed,
      },
      invalid: {
        demand: this.spent,
        holds: Math.max(this.spent, this.granted.invalid.quota),
        guaranteed: this.granted.invalid.guaranteed,
      },
    }
  }

  async send(rest: RestReport) {
    const { gatewayId, incarnation, calls } = this.#gateway
    return calls.gateways.heartbeat({ gatewayId, incarnation, load: noLoad, rest })
  }

  async beat(): Promise<void> {
    const { rest } = await this.send(this.next())
    if (rest) this.granted = rest
  }

  async olderBeat(): Promise<void> {
    const { gatewayId, incarnation, calls } = this.#gateway
    await calls.gateways.heartbeat({ gatewayId, incarnation, load: noLoad })
  }

  /** Its quota expires, and so long ago that the config API knows it for sure. */
  async expire(): Promise<void> {
    const { requests: r, invalid: i } = this.granted
    this.granted = { requests: { ...r, quota: r.guaranteed }, invalid: { ...i, quota: i.guaranteed } }
    await this.wasHeard('20 minutes')
  }

  async wasHeard(ago: string): Promise<void> {
    await database.query(
      `UPDATE gateways SET last_heartbeat_at = last_heartbeat_at - '${ago}'::interval WHERE gateway_id = '${this.id}'`,
    )
  }
}

const sum = (holders: readonly Holder[], limit: 'requests' | 'invalid' = 'requests') =>
  holders.reduce((all, { granted }) => all + granted[limit].quota, 0)

async function rounds(count: number, holders: readonly Holder[]): Promise<void> {
  for (let n = 0; n < count; n++) await Promise.all(holders.map((holder) => holder.beat()))
}

const fates = ['answered', 'answered', 'answered', 'answer lost', 'lost', 'late', 'expires'] as const

test('gateways that ask two replicas at once are never granted more than there is, whatever is lost, late or expires', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 2, max: 12 }),
      fc.infiniteStream(
        fc.record({ fate: fc.constantFrom(...fates), demand: fc.nat(1500), changes: fc.nat(4) }),
      ),
      async (count, events) => {
        await database.query('DELETE FROM gateways')
        await database.query('DELETE FROM former_rest_quotas')
        const holders: Holder[] = []
        for (let n = 0; n < count; n++) holders.push(await Holder.register(n, cores[n % 2]))
        const late: (() => Promise<unknown>)[] = []
        const within = () => {
          expect(sum(holders)).toBeLessThanOrEqual(requests.whole)
          expect(sum(holders, 'invalid')).toBeLessThanOrEqual(invalid.whole)
        }
        for (let round = 0; round < 15; round++) {
          await Promise.all(
            holders.map(async (holder) => {
              const { fate, demand, changes } = events.next().value
              if (changes === 0)
                Object.assign(holder, { demand, spent: Math.min(demand, holder.granted.invalid.quota) })
              const report = holder.next()
              if (fate === 'late') late.push(() => holder.send(report))
              else if (fate === 'answer lost') await holder.send(report)
              else if (fate === 'expires') await holder.expire()
              else if (fate === 'answered') {
                const { rest } = await holder.send(report)
                if (rest) holder.granted = rest
              }
              within()
            }),
          )
          // Heartbeats that others have overtaken arrive together with the next.
          await Promise.all(late.splice(0, round % 3 === 0 ? late.length : 0).map((deliver) => deliver()))
          within()
        }
      },
    ),
    { numRuns: 8 },
  )
})

test('gateways that all begin with more to send than there is get equal quotas, and use all', async () => {
  const holders = await Promise.all([0, 1, 2, 3, 4, 5].map((n) => Holder.register(n, cores[n % 2])))
  for (const holder of holders) holder.demand = 5000
  await rounds(6, holders)
  const held = holders.map(({ granted }) => granted.requests.quota)
  expect(sum(holders)).toBeGreaterThan(requests.whole - requests.step)
  expect(Math.max(...held) - Math.min(...held)).toBeLessThanOrEqual(requests.step)
})

test('a busy gateway gets what quiet ones do not need, in a few heartbeats, and gives it back', async () => {
  const holders = await Promise.all([0, 1, 2].map((n) => Holder.register(n)))
  await rounds(4, holders)
  const [busy, other] = holders
  if (!busy || !other) throw new Error('no holders')
  Object.assign(busy, { demand: 1000, spent: busy.granted.invalid.quota })
  await rounds(4, holders)
  expect(busy.granted.requests.quota).toBe(1000 - 2 * guaranteedMinimum(3, requests))
  expect(busy.granted.invalid.quota).toBeGreaterThan(guaranteedMinimum(3, invalid) - 1)
  expect(other.granted.requests.quota).toBe(guaranteedMinimum(3, requests))
  Object.assign(busy, { demand: 0 })
  Object.assign(other, { demand: 400 })
  await rounds(5, holders)
  expect(other.granted.requests.quota).toBeGreaterThanOrEqual(400)
})

test('what is taken back and given away while a heartbeat is on its way is not granted by it', async () => {
  const holders = await Promise.all([0, 1].map((n) => Holder.register(n)))
  for (const holder of holders) holder.demand = 5000
  await rounds(5, holders)
  const [slow] = holders
  if (!slow) throw new Error('no holders')
  expect(slow.granted.requests.quota).toBe(500)
  const { guaranteed } = slow.granted.requests
  let beating = Promise.resolve()
  await cores[1]?.database.transact(async (tx) => {
    await tx.execute(
      `UPDATE gateways SET requests_quota = requests_guaranteed WHERE gateway_id = 'gateway-0'`,
    )
    await tx.execute(
      `UPDATE gateways SET requests_quota = ${1000 - guaranteed} WHERE gateway_id = 'gateway-1'`,
    )
    beating = slow.beat()
    await expect
      .poll(() =>
        database.query(
          `SELECT query FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        ),
      )
      .not.toEqual([])
  }, limits)
  await beating
  expect(slow.granted.requests.quota).toBe(guaranteed)
})

test('if nothing changes no lock is needed', async () => {
  const holders = await Promise.all([0, 1, 2].map((n) => Holder.register(n)))
  for (const holder of holders) holder.demand = 5000
  await rounds(5, holders)
  const before = holders.map(({ granted }) => granted)
  const locked = Promise.withResolvers<void>()
  const done = Promise.withResolvers<void>()
  const [core] = cores
  const holding = core?.database.transact(async (tx) => {
    await tx.execute(`SELECT pg_advisory_xact_lock(hashtext('guildmesh.rest-quotas'))`)
    locked.resolve()
    await done.promise
  }, limits)
  await locked.promise
  await rounds(3, holders)
  done.resolve()
  await holding
  expect(holders.map(({ granted }) => granted)).toEqual(before)
})

test('what a silent gateway held beyond its guaranteed minimum is free when its quota has expired, the minimum after a day', async () => {
  const silent = await Holder.register(0)
  const other = await Holder.register(1)
  silent.demand = 1000
  await rounds(4, [silent, other])
  const { guaranteed, quota } = silent.granted.requests
  expect(quota).toBeGreaterThan(guaranteed)
  other.demand = 1000
  await rounds(4, [other])
  expect(other.granted.requests.quota).toBe(1000 - quota)
  await silent.wasHeard('4 seconds')
  await rounds(2, [other])
  expect(other.granted.requests.quota).toBe(1000 - guaranteed)
  await database.query(
    `UPDATE gateways SET status_before_offline = status, status = 'offline' WHERE gateway_id = 'gateway-0'`,
  )
  await rounds(2, [other])
  expect(other.granted.requests.quota).toBe(1000 - guaranteed)
  await silent.wasHeard('25 hours')
  await rounds(2, [other])
  expect(other.granted.requests.quota).toBe(1000)
})

test('a process without proof of its end keeps its guaranteed minimum when another begins; one that has ended only its invalid requests', async () => {
  const [first, beside] = [await Holder.register(0), await Holder.register(1)]
  first.spent = 900
  await rounds(3, [first, beside])
  const { guaranteed } = first.granted.requests
  const held = first.granted.invalid.quota
  const second = await Holder.register(0)
  beside.demand = 1000
  await rounds(2, [second, beside])
  const kept = await database.query('SELECT requests_guaranteed, invalid_quota FROM former_rest_quotas')
  expect(kept).toEqual([{ requests_guaranteed: guaranteed, invalid_quota: held }])
  await database.query(`UPDATE former_rest_quotas SET heard_at = heard_at - interval '5 seconds'`)
  await rounds(3, [second, beside])
  expect(sum([second, beside])).toBe(1000 - guaranteed)

  await database.query('DELETE FROM former_rest_quotas')
  const third = await second.restart()
  await rounds(1, [third])
  const after = await database.query(
    'SELECT requests_guaranteed, invalid_guaranteed, invalid_quota FROM former_rest_quotas',
  )
  expect(after).toEqual([
    { requests_guaranteed: 0, invalid_guaranteed: 0, invalid_quota: second.granted.invalid.quota },
  ])
})

test('a gateway that registers again in place keeps what it holds', async () => {
  const [one, other] = [await Holder.register(0), await Holder.register(1)]
  one.demand = 1000
  await rounds(4, [one, other])
  const again = await one.restart()
  Object.assign(again, { processId: one.processId, granted: one.granted, demand: 1000 })
  for (let n = 0; n < 10; n++) again.next()
  other.demand = 1000
  await rounds(1, [other])
  expect(sum([again, other])).toBeLessThanOrEqual(1000)
  await rounds(5, [again, other])
  expect(again.granted.requests.quota).toBe(500)
  expect(await database.query('SELECT 1 FROM former_rest_quotas')).toEqual([])
})

test('an older gateway, which takes its part unasked, is counted with it', async () => {
  const [older, newer] = [await Holder.register(0), await Holder.register(1)]
  newer.demand = 1000
  await older.olderBeat()
  await rounds(3, [newer])
  expect(newer.granted.requests.quota).toBe(500)
  await rounds(4, [older, newer])
  expect(newer.granted.requests.quota).toBe(1000 - guaranteedMinimum(2, requests))
  // Put back to the older version.
  const back = await older.restart()
  await back.olderBeat()
  await rounds(3, [newer])
  expect(newer.granted.requests.quota).toBe(500)
})
