import { GuildId, type ShardLease } from '@guildmesh/contracts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  callAs,
  edge,
  failureOf,
  noLoad,
  operator,
  registerGateway,
  startCore,
  type TestGateway,
} from '../../test/start-core.ts'
import type { ConfigCore } from '../config-core.ts'
import { createTestDatabase, type TestDatabase } from '../test-postgres/index.ts'

let database: TestDatabase
let first: ConfigCore
let second: ConfigCore

beforeAll(async () => {
  database = await createTestDatabase()
  const options = { leaseHoldMs: 3_600_000, identifyLimit: 5 }
  first = await startCore(database.url, { ...options, name: 'config-a' })
  second = await startCore(database.url, { ...options, name: 'config-b' })
})
afterAll(async () => {
  await first[Symbol.asyncDispose]()
  await second[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await database.query('DELETE FROM gateways')
  await database.query('DELETE FROM shard_leases')
  await database.query('DELETE FROM identifies')
  await database.query('DELETE FROM gaps')
  await database.query('UPDATE mesh SET shard_count = NULL')
})

const session = { generation: 7, sessionId: 'abc', resumeUrl: 'wss://gateway-us-east1-b.discord.gg', seq: 41 }

async function acquire(gateway: TestGateway, shardCount: number): Promise<readonly ShardLease[]> {
  const { gatewayId, incarnation, calls } = gateway
  return (await calls.shards.acquire({ gatewayId, incarnation, shardCount, waitMs: 0 })).acquired
}

function renew({ gatewayId, incarnation, calls }: TestGateway, held: readonly ShardLease[]) {
  return calls.shards.renew({
    gatewayId,
    incarnation,
    held: held.map(({ shardId, epoch }) => ({ shardId, epoch })),
  })
}

function claim({ gatewayId, incarnation }: TestGateway, { shardId, epoch }: ShardLease) {
  return { gatewayId, incarnation, shardId, epoch }
}

async function only(leases: Promise<readonly ShardLease[]>): Promise<ShardLease> {
  const [lease] = await leases
  if (!lease) throw new Error('no shard was leased')
  return lease
}

/** Waits until a gateway's question for shards has reached the database. */
async function eventuallyJoined(gatewayId: string): Promise<void> {
  const joined = `SELECT 1 FROM gateways WHERE gateway_id = '${gatewayId}' AND holds_shards_as IS NOT NULL`
  while ((await database.query(joined)).length === 0) await new Promise((resolve) => setImmediate(resolve))
}

async function holders(): Promise<(string | null)[]> {
  const { shards } = await callAs(first, edge).shards.list()
  return shards.map(({ holder }) => holder)
}

async function firstShard() {
  return (await callAs(second, edge).shards.list()).shards[0]
}

describe('hand-over without waiting', () => {
  test('what a leaving gateway gives back goes to others at once, and never back to it', async () => {
    const a = await registerGateway(first, 0)
    const held = await acquire(a, 4)
    expect(held).toHaveLength(4)
    const b = await registerGateway(second, 1)
    expect(await acquire(b, 4)).toEqual([])
    const who = { gatewayId: a.gatewayId, incarnation: a.incarnation }
    await a.calls.shards.leave(who)
    for (const lease of held) await a.calls.shards.release({ ...claim(a, lease), session })
    expect(await acquire(a, 4)).toEqual([])
    expect(await acquire(b, 4)).toHaveLength(4)
    expect(await holders()).toEqual(Array.from({ length: 4 }, () => b.gatewayId))
  })

  test('a gateway that was told to leave takes part again in its next life', async () => {
    const a = await registerGateway(first, 0)
    await a.calls.shards.leave({ gatewayId: a.gatewayId, incarnation: a.incarnation })
    expect(await acquire(a, 2)).toEqual([])
    const next = await registerGateway(first, 0)
    expect(await acquire(next, 2)).toHaveLength(2)
  })

  test.each(['is given back', 'lapses'])(
    'whoever waits for a shard gets it as soon as one %s, on whatever replica it waits',
    async (how) => {
      const a = await registerGateway(first, 0)
      const lease = await only(acquire(a, 1))
      const b = await registerGateway(second, 1)
      await a.calls.shards.leave({ gatewayId: a.gatewayId, incarnation: a.incarnation })
      let rounds = 0
      let taken: readonly ShardLease[] = []
      const waiting = (async () => {
        while (taken.length === 0) {
          rounds += 1
          const { gatewayId, incarnation, calls } = b
          const reply = await calls.shards.acquire({ gatewayId, incarnation, shardCount: 1, waitMs: 2000 })
          taken = reply.acquired
        }
      })()
      await eventuallyJoined(b.gatewayId)
      if (how === 'is given back') await a.calls.shards.release({ ...claim(a, lease), session })
      else await database.query('UPDATE shard_leases SET holder = NULL, registration = NULL, restart = NULL')
      await waiting
      expect(taken).toMatchObject([{ shardId: 0, epoch: 2, holder: b.gatewayId }])
      // Not by asking again: the open question was answered.
      expect(rounds).toBe(1)
    },
  )
})

describe('parked lanes', () => {
  const [one, two] = [GuildId.parse('100000000000000001'), GuildId.parse('100000000000000002')]
  const through = { generation: 7, seq: 30 }

  test('they are stored with the seq that passed them, and go to the next holder with the name of their keeper', async () => {
    const a = await registerGateway(first, 0)
    const lease = await only(acquire(a, 1))
    const kept = [one, two].map((guildId) => ({ guildId, through, events: 3 }))
    await a.calls.shards.commit({ ...claim(a, lease), session, parked: { kept, gone: [] } })
    await a.calls.shards.commit({
      ...claim(a, lease),
      session: { ...session, seq: 45 },
      parked: {
        kept: [{ guildId: one, through: { generation: 7, seq: 44 }, events: 9 }],
        gone: [{ guildId: two, keeper: a.gatewayId }],
      },
    })
    expect(await firstShard()).toMatchObject({ seq: 45, parked: { lanes: 1, events: 9 } })
    await a.calls.shards.release({
      ...claim(a, lease),
      session: { ...session, seq: 50 },
      parked: { kept: [{ guildId: two, through: { generation: 7, seq: 50 }, events: 1 }], gone: [] },
    })
    await database.query(`UPDATE gateways SET holds_shards_as = NULL WHERE gateway_id = 'gateway-0'`)
    const b = await registerGateway(second, 1)
    const next = await only(acquire(b, 1))
    expect(next.parked.toSorted((x, y) => x.events - y.events)).toEqual([
      { guildId: two, keeper: 'gateway-0', through: { generation: 7, seq: 50 }, events: 1 },
      { guildId: one, keeper: 'gateway-0', through: { generation: 7, seq: 44 }, events: 9 },
    ])
    // The new holder has copied the one and delivered the other.
    await b.calls.shards.commit({
      ...claim(b, next),
      session,
      parked: {
        kept: [{ guildId: one, through: { generation: 7, seq: 44 }, events: 9 }],
        gone: [one, two].map((guildId) => ({ guildId, keeper: a.gatewayId })),
      },
    })
    const rows = await database.query('SELECT guild_id, keeper FROM parked_lanes')
    expect(rows).toEqual([{ guild_id: one, keeper: 'gateway-1' }])
  })

  test('a holder that lost its lease changes nothing of them', async () => {
    const a = await registerGateway(first, 0)
    const lease = await only(acquire(a, 1))
    await a.calls.shards.commit({
      ...claim(a, lease),
      session,
      parked: { kept: [{ guildId: one, through, events: 3 }], gone: [] },
    })
    await database.query('UPDATE shard_leases SET epoch = epoch + 1')
    const late = a.calls.shards.commit({
      ...claim(a, lease),
      session,
      parked: { kept: [], gone: [{ guildId: one, keeper: a.gatewayId }] },
    })
    expect(await failureOf(late)).toMatchObject({ kind: 'StaleEpoch' })
    expect(await firstShard()).toMatchObject({ parked: { lanes: 1, events: 3 } })
  })
})

describe('one holder a shard', () => {
  test('gateways that ask at once on two replicas never get the same shard', async () => {
    const gateways = await Promise.all(
      [0, 1, 2, 3].map((ordinal) => registerGateway(ordinal % 2 === 0 ? first : second, ordinal)),
    )
    const rounds = await Promise.all(
      Array.from({ length: 5 }, () => gateways.map((gateway) => acquire(gateway, 16))).flat(),
    )
    const leased = rounds.flat().map(({ shardId }) => shardId)
    expect(new Set(leased).size).toBe(leased.length)
    const { shards } = await callAs(first, edge).shards.list()
    expect(shards.every(({ epoch }) => epoch <= 1)).toBe(true)
  })

  test('the first to state the number of shards fixes it', async () => {
    const a = await registerGateway(first, 0)
    const b = await registerGateway(second, 1)
    await acquire(a, 4)
    const late = await b.calls.shards.acquire({
      gatewayId: b.gatewayId,
      incarnation: b.incarnation,
      shardCount: 16,
    })
    expect(late.shardCount).toBe(4)
    expect((await callAs(first, operator).shards.list()).shards).toHaveLength(4)
  })

  test('a renewal keeps what is held, and tells at once what is not', async () => {
    const a = await registerGateway(first, 0)
    const held = await acquire(a, 2)
    await database.query(
      `UPDATE shard_leases SET holder = NULL, registration = NULL, restart = NULL WHERE shard_id = 1`,
    )
    const renewed = await renew(a, held)
    expect(renewed.kept).toEqual([{ shardId: 0, epoch: 1 }])
    expect(renewed.lost).toEqual([1])
  })

  test('a lease that changed hands has a higher epoch, and the former holder can do nothing with it', async () => {
    const a = await registerGateway(first, 0)
    const lease = await only(acquire(a, 1))
    await a.calls.shards.release({ ...claim(a, lease), session })
    const b = await registerGateway(second, 1)
    await callAs(first, operator).gateways.cordon({ gatewayId: 'gateway-0', reason: 'r' })
    await database.query(`UPDATE gateways SET holds_shards_as = NULL WHERE gateway_id = 'gateway-0'`)
    const next = await only(acquire(b, 1))
    expect(next).toMatchObject({ shardId: 0, epoch: 2, holder: 'gateway-1', session })
    for (const attempt of [
      () => a.calls.shards.commit({ ...claim(a, lease), session }),
      () => a.calls.shards.release({ ...claim(a, lease), session }),
      () => a.calls.shards.permit({ ...claim(a, lease), maxConcurrency: 1 }),
    ]) {
      expect(await failureOf(attempt())).toEqual({ kind: 'StaleEpoch', offered: 1, current: 2 })
    }
    expect((await renew(a, [lease])).lost).toEqual([0])
  })

  test('a fenced gateway keeps no shard and gets none', async () => {
    const a = await registerGateway(first, 0)
    const held = await acquire(a, 2)
    await database.query(`UPDATE gateways SET status_before_offline = status, status = 'offline'`)
    expect(await renew(a, held)).toMatchObject({ kept: [], lost: [0, 1] })
    expect(await failureOf(acquire(a, 2))).toMatchObject({ kind: 'GatewayNotActive', status: 'offline' })
  })
})

describe('sharing', () => {
  test('a gateway that joins gets its share: the holder is asked to hand over, and only what is needed', async () => {
    const a = await registerGateway(first, 0)
    let held = await acquire(a, 4)
    expect(held).toHaveLength(4)
    const b = await registerGateway(second, 1)
    expect(await acquire(b, 4)).toEqual([])
    const { handOver } = await renew(a, held)
    expect(handOver).toEqual([2, 3])
    for (const lease of held.filter(({ shardId }) => handOver.includes(shardId))) {
      await a.calls.shards.release({ ...claim(a, lease), session: null })
    }
    held = held.filter(({ shardId }) => !handOver.includes(shardId))
    expect(await acquire(a, 4)).toEqual([])
    expect((await acquire(b, 4)).map(({ shardId }) => shardId)).toEqual([2, 3])
    expect((await renew(a, held)).handOver).toEqual([])
  })

  test('a gateway that never asks for shards takes none from others', async () => {
    const a = await registerGateway(first, 0)
    const held = await acquire(a, 4)
    const b = await registerGateway(second, 1)
    await b.calls.gateways.heartbeat({ gatewayId: b.gatewayId, incarnation: b.incarnation, load: noLoad })
    expect((await renew(a, held)).handOver).toEqual([])
  })

  test('a restart on the same volume gets its shards back at once, with their sessions', async () => {
    const a = await registerGateway(first, 0)
    const lease = await only(acquire(a, 1))
    await a.calls.shards.commit({ ...claim(a, lease), session })
    const again = await registerGateway(second, 0, { previous: a.incarnation })
    expect(await only(acquire(again, 1))).toMatchObject({ shardId: 0, epoch: 2, session })
    expect(await failureOf(renew(a, [lease]))).toMatchObject({ kind: 'StaleIncarnation' })
  })

  test('a new life without the volume has to wait for the leases of the former one', async () => {
    const a = await registerGateway(first, 0)
    await acquire(a, 1)
    const again = await registerGateway(second, 0)
    expect(await acquire(again, 1)).toEqual([])
    expect(await holders()).toEqual(['gateway-0'])
  })
})

describe('sessions', () => {
  test('where to resume is kept, never falls, and a session that ended does not come back', async () => {
    const a = await registerGateway(first, 0)
    const lease = await only(acquire(a, 1))
    const commit = (next: typeof session | null) =>
      a.calls.shards.commit({ ...claim(a, lease), session: next })
    await commit(session)
    await commit({ ...session, seq: 12 })
    expect(await firstShard()).toMatchObject({ generation: 7, seq: 41 })
    await commit(null)
    await commit({ ...session, seq: 50 })
    expect(await firstShard()).toMatchObject({ generation: null, seq: null })
    await commit({ ...session, generation: 8, seq: 1 })
    expect(await firstShard()).toMatchObject({ generation: 8, seq: 1 })
  })

  test('a session that ended has its row in the gap ledger, also where no holder tells of it (I3)', async () => {
    const a = await registerGateway(first, 0)
    const lease = await only(acquire(a, 1))
    const commit = (next: typeof session | null) =>
      a.calls.shards.commit({ ...claim(a, lease), session: next })
    await commit(session)
    await commit(null)
    await commit(null)
    const gaps = async () => (await a.calls.shards.gaps({})).gaps
    expect(await gaps()).toMatchObject([
      {
        shardId: 0,
        guildId: null,
        gatewayId: null,
        after: { generation: 7, seq: 41 },
        generationAfter: null,
      },
    ])
    await commit({ ...session, generation: 8, seq: 1 })
    expect(await gaps()).toMatchObject([{ generationAfter: 8 }])
    // Replaced without a word between: the null got lost.
    await commit({ ...session, generation: 9, seq: 1 })
    expect(await gaps()).toMatchObject([
      { after: { generation: 8, seq: 1 }, generationAfter: 9 },
      { after: { generation: 7 }, generationAfter: 8 },
    ])
  })

  test('what a holder tells of a gap is added to its row, however often, and names what is lost', async () => {
    const a = await registerGateway(first, 0)
    const lease = await only(acquire(a, 1))
    const { gatewayId, incarnation, calls } = a
    await calls.shards.commit({ ...claim(a, lease), session })
    await calls.shards.commit({ ...claim(a, lease), session: null })
    const told = {
      gatewayId,
      incarnation,
      shardId: 0,
      guildId: null,
      after: { generation: 7, seq: 50 },
      before: null,
      reason: 'op 9',
      guilds: 3,
      undelivered: 9,
    }
    await calls.shards.gap(told)
    await calls.shards.gap(told)
    const hole = {
      ...told,
      guildId: GuildId.parse('100000000000000001'),
      after: { generation: 7, seq: 20 },
      before: { generation: 7, seq: 30 },
      reason: 'a hole',
    }
    await calls.shards.gap(hole)
    await calls.shards.gap(hole)
    await calls.shards.gap({
      ...hole,
      guildId: GuildId.parse('100000000000000002'),
      after: { generation: 7, seq: 0 },
    })
    const { gaps: all } = await calls.shards.gaps({})
    const [fromNothing, ...gaps] = all
    expect(fromNothing?.recovered.join()).not.toMatch(/messages|audit/)
    expect(fromNothing?.unrecoverable).toContain('every event before, and what was kept of it')
    expect(gaps).toMatchObject([
      { guildId: hole.guildId, after: hole.after, generationAfter: 7, reason: 'a hole' },
      { guildId: null, gatewayId, after: told.after, reason: 'op 9', guilds: 3, undelivered: 9 },
    ])
    for (const gap of gaps) {
      expect(gap.recovered.join()).toMatch(/members.*messages.*audit log/)
      expect(gap.unrecoverable).toContain('typing and presence')
    }
  })

  test('a release that is repeated changes nothing', async () => {
    const a = await registerGateway(first, 0)
    const lease = await only(acquire(a, 1))
    await a.calls.shards.release({ ...claim(a, lease), session })
    await a.calls.shards.release({ ...claim(a, lease), session: null })
    expect(await firstShard()).toMatchObject({ holder: null, seq: 41 })
  })
})

describe('I14: IDENTIFY never exceeds the budget', () => {
  test('permits of one rate-limit key lie five seconds apart, those of other keys do not wait', async () => {
    const a = await registerGateway(first, 0)
    const leases = await acquire(a, 4)
    const waits = []
    for (const lease of leases) {
      waits.push((await a.calls.shards.permit({ ...claim(a, lease), maxConcurrency: 2 })).waitMs)
    }
    expect(waits.slice(0, 2)).toEqual([0, 0])
    for (const waitMs of waits.slice(2)) expect(waitMs).toBeGreaterThan(4000)
  })

  test('racing permits on two replicas: each has a generation of its own, and the day has no more than its budget', async () => {
    const a = await registerGateway(first, 0)
    const leases = await acquire(a, 12)
    const permit = (core: ConfigCore, lease: ShardLease) =>
      callAs(core, {
        kind: 'service',
        name: 'gateway-0',
        role: 'gateway',
        gatewayId: a.gatewayId,
      }).shards.permit({
        ...claim(a, lease),
        maxConcurrency: 1,
      })
    const outcomes = await Promise.allSettled(
      leases.map((lease, index) => permit(index % 2 === 0 ? first : second, lease)),
    )
    const granted = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    expect(new Set(granted.map(({ generation }) => generation)).size).toBe(5)
    const places = granted.map(({ waitMs }) => waitMs).toSorted((x, y) => x - y)
    for (const [index, place] of places.entries()) {
      expect(place - (places[index - 1] ?? -Infinity)).toBeGreaterThan(5000)
    }
    const without = leases.find((_lease, index) => outcomes[index]?.status === 'rejected')
    if (!without) throw new Error('every shard got a permit')
    const refused = await failureOf(permit(first, without))
    expect(refused).toMatchObject({ kind: 'IdentifyBudgetSpent' })
    expect('retryAfterMs' in refused && refused.retryAfterMs).toBeGreaterThan(23 * 60 * 60 * 1000)
  })

  test("a permit that was not used passes to the shard's next holder, in its place of the queue", async () => {
    const a = await registerGateway(first, 0)
    const [used, unused] = await acquire(a, 2)
    if (!used || !unused) throw new Error('no two shards were leased')
    await a.calls.shards.permit({ ...claim(a, used), maxConcurrency: 1 })
    const ahead = await a.calls.shards.permit({ ...claim(a, unused), maxConcurrency: 1 })
    await a.calls.shards.release({ ...claim(a, unused), session: null })
    const b = await registerGateway(second, 1)
    const handedOver = await only(acquire(b, 2))
    const permit = await b.calls.shards.permit({ ...claim(b, handedOver), maxConcurrency: 1 })
    expect(permit.waitMs).toBeLessThanOrEqual(ahead.waitMs)
    expect(permit.generation).toBeGreaterThan(ahead.generation)
    expect(await database.query('SELECT generation FROM identifies')).toHaveLength(2)
  })

  test('the budget is free again after a day', async () => {
    const a = await registerGateway(first, 0)
    const [last, ...others] = await acquire(a, 6)
    if (!last) throw new Error('no shard was leased')
    const permit = (lease: ShardLease) => a.calls.shards.permit({ ...claim(a, lease), maxConcurrency: 1 })
    for (const lease of others) await permit(lease)
    expect(await failureOf(permit(last))).toMatchObject({ kind: 'IdentifyBudgetSpent' })
    await database.query(`UPDATE identifies SET slot_at = slot_at - interval '25 hours'`)
    expect((await permit(last)).waitMs).toBe(0)
  })
})
