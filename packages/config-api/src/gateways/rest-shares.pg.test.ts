import type { RestGrant, RestReport } from '@guildmesh/contracts'
import { fairFloor, restLimits } from '@guildmesh/placement'
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
  const quiet = { leaseHoldMs: 3_600_000 }
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
  await database.query('DELETE FROM former_rest_shares')
})

const limits = { signal: new AbortController().signal, remainingMs: () => 10_000 }
const nothing = { share: 0, floor: 0 }

/** A gateway that reports what it holds, and uses all of it. */
class Holder {
  granted: Omit<RestGrant, 'holdMs'> = { requests: nothing, invalid: nothing }
  demand = 0
  spent = 0
  life: string
  #beat = 0
  #gateway: TestGateway

  constructor(gateway: TestGateway) {
    this.#gateway = gateway
    this.life = `life ${gateway.incarnation.registration}`
  }

  static async register(ordinal: number, core = cores[0]): Promise<Holder> {
    if (!core) throw new Error('no core')
    return new Holder(await registerGateway(core, ordinal))
  }

  get id(): string {
    return this.#gateway.gatewayId
  }

  /** Another life on the same volume. */
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
      life: this.life,
      beat: this.#beat,
      requests: {
        demand: this.demand,
        holds: this.granted.requests.share,
        floor: this.granted.requests.floor,
      },
      invalid: {
        demand: this.spent,
        holds: Math.max(this.spent, this.granted.invalid.share),
        floor: this.granted.invalid.floor,
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

  /** Its hold runs out, and so much later as to be sure the config API knows. */
  async runOut(): Promise<void> {
    const { requests: r, invalid: i } = this.granted
    this.granted = { requests: { ...r, share: r.floor }, invalid: { ...i, share: i.floor } }
    await this.wasHeard('20 minutes')
  }

  async wasHeard(ago: string): Promise<void> {
    await database.query(
      `UPDATE gateways SET last_heartbeat_at = last_heartbeat_at - '${ago}'::interval WHERE gateway_id = '${this.id}'`,
    )
  }
}

const sum = (holders: readonly Holder[], limit: 'requests' | 'invalid' = 'requests') =>
  holders.reduce((all, { granted }) => all + granted[limit].share, 0)

async function rounds(count: number, holders: readonly Holder[]): Promise<void> {
  for (let n = 0; n < count; n++) await Promise.all(holders.map((holder) => holder.beat()))
}

const fates = ['answered', 'answered', 'answered', 'answer lost', 'lost', 'late', 'runs out'] as const

test('gateways that ask two replicas at once are never granted more than there is, whatever is lost, late or runs out', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 2, max: 12 }),
      fc.infiniteStream(
        fc.record({ fate: fc.constantFrom(...fates), demand: fc.nat(1500), changes: fc.nat(4) }),
      ),
      async (count, events) => {
        await database.query('DELETE FROM gateways')
        await database.query('DELETE FROM former_rest_shares')
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
                Object.assign(holder, { demand, spent: Math.min(demand, holder.granted.invalid.share) })
              const report = holder.next()
              if (fate === 'late') late.push(() => holder.send(report))
              else if (fate === 'answer lost') await holder.send(report)
              else if (fate === 'runs out') await holder.runOut()
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

test('gateways that all begin with more to send than there is share it alike, and use all', async () => {
  const holders = await Promise.all([0, 1, 2, 3, 4, 5].map((n) => Holder.register(n, cores[n % 2])))
  for (const holder of holders) holder.demand = 5000
  await rounds(6, holders)
  const held = holders.map(({ granted }) => granted.requests.share)
  expect(sum(holders)).toBeGreaterThan(requests.whole - requests.step)
  expect(Math.max(...held) - Math.min(...held)).toBeLessThanOrEqual(requests.step)
})

test('a busy gateway gets what quiet ones do not need, in a few heartbeats, and gives it back', async () => {
  const holders = await Promise.all([0, 1, 2].map((n) => Holder.register(n)))
  await rounds(4, holders)
  const [busy, other] = holders
  if (!busy || !other) throw new Error('no holders')
  Object.assign(busy, { demand: 1000, spent: busy.granted.invalid.share })
  await rounds(4, holders)
  expect(busy.granted.requests.share).toBe(1000 - 2 * fairFloor(3, requests))
  expect(busy.granted.invalid.share).toBeGreaterThan(fairFloor(3, invalid) - 1)
  expect(other.granted.requests.share).toBe(fairFloor(3, requests))
  Object.assign(busy, { demand: 0 })
  Object.assign(other, { demand: 400 })
  await rounds(5, holders)
  expect(other.granted.requests.share).toBeGreaterThanOrEqual(400)
})

test('what is taken back and given away while a heartbeat is on its way is not granted by it', async () => {
  const holders = await Promise.all([0, 1].map((n) => Holder.register(n)))
  for (const holder of holders) holder.demand = 5000
  await rounds(5, holders)
  const [slow] = holders
  if (!slow) throw new Error('no holders')
  expect(slow.granted.requests.share).toBe(500)
  const { floor } = slow.granted.requests
  let beating = Promise.resolve()
  await cores[1]?.database.transact(async (tx) => {
    await tx.execute(`UPDATE gateways SET requests_share = requests_floor WHERE gateway_id = 'gateway-0'`)
    await tx.execute(`UPDATE gateways SET requests_share = ${1000 - floor} WHERE gateway_id = 'gateway-1'`)
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
  expect(slow.granted.requests.share).toBe(floor)
})

test('where nothing changes no lock is needed', async () => {
  const holders = await Promise.all([0, 1, 2].map((n) => Holder.register(n)))
  for (const holder of holders) holder.demand = 5000
  await rounds(5, holders)
  const before = holders.map(({ granted }) => granted)
  const locked = Promise.withResolvers<void>()
  const done = Promise.withResolvers<void>()
  const [core] = cores
  const holding = core?.database.transact(async (tx) => {
    await tx.execute(`SELECT pg_advisory_xact_lock(hashtext('guildmesh.rest-shares'))`)
    locked.resolve()
    await done.promise
  }, limits)
  await locked.promise
  await rounds(3, holders)
  done.resolve()
  await holding
  expect(holders.map(({ granted }) => granted)).toEqual(before)
})

test('what a silent gateway held beyond its floor is free when its hold has run out, its floor after a day', async () => {
  const silent = await Holder.register(0)
  const other = await Holder.register(1)
  silent.demand = 1000
  await rounds(4, [silent, other])
  const { floor, share } = silent.granted.requests
  expect(share).toBeGreaterThan(floor)
  other.demand = 1000
  await rounds(4, [other])
  expect(other.granted.requests.share).toBe(1000 - share)
  await silent.wasHeard('4 seconds')
  await rounds(2, [other])
  expect(other.granted.requests.share).toBe(1000 - floor)
  await database.query(
    `UPDATE gateways SET status_before_offline = status, status = 'offline' WHERE gateway_id = 'gateway-0'`,
  )
  await rounds(2, [other])
  expect(other.granted.requests.share).toBe(1000 - floor)
  await silent.wasHeard('25 hours')
  await rounds(2, [other])
  expect(other.granted.requests.share).toBe(1000)
})

test('a life without proof of its end keeps its floor when another begins; one that has ended only its invalid requests', async () => {
  const [first, beside] = [await Holder.register(0), await Holder.register(1)]
  first.spent = 900
  await rounds(3, [first, beside])
  const { floor } = first.granted.requests
  const held = first.granted.invalid.share
  const second = await Holder.register(0)
  beside.demand = 1000
  await rounds(2, [second, beside])
  const kept = await database.query('SELECT requests_floor, invalid_share FROM former_rest_shares')
  expect(kept).toEqual([{ requests_floor: floor, invalid_share: held }])
  await database.query(`UPDATE former_rest_shares SET heard_at = heard_at - interval '5 seconds'`)
  await rounds(3, [second, beside])
  expect(sum([second, beside])).toBe(1000 - floor)

  await database.query('DELETE FROM former_rest_shares')
  const third = await second.restart()
  await rounds(1, [third])
  const after = await database.query(
    'SELECT requests_floor, invalid_floor, invalid_share FROM former_rest_shares',
  )
  expect(after).toEqual([
    { requests_floor: 0, invalid_floor: 0, invalid_share: second.granted.invalid.share },
  ])
})

test('a gateway that registers again in place keeps what it holds', async () => {
  const [one, other] = [await Holder.register(0), await Holder.register(1)]
  one.demand = 1000
  await rounds(4, [one, other])
  const again = await one.restart()
  Object.assign(again, { life: one.life, granted: one.granted, demand: 1000 })
  for (let n = 0; n < 10; n++) again.next()
  other.demand = 1000
  await rounds(1, [other])
  expect(sum([again, other])).toBeLessThanOrEqual(1000)
  await rounds(5, [again, other])
  expect(again.granted.requests.share).toBe(500)
  expect(await database.query('SELECT 1 FROM former_rest_shares')).toEqual([])
})

test('an older gateway, which takes its share unasked, is counted with it', async () => {
  const [older, newer] = [await Holder.register(0), await Holder.register(1)]
  newer.demand = 1000
  await older.olderBeat()
  await rounds(3, [newer])
  expect(newer.granted.requests.share).toBe(500)
  await rounds(4, [older, newer])
  expect(newer.granted.requests.share).toBe(1000 - fairFloor(2, requests))
  // Put back to the older version.
  const back = await older.restart()
  await back.olderBeat()
  await rounds(3, [newer])
  expect(newer.granted.requests.share).toBe(500)
})
