import { GuildId } from '@guildmesh/contracts'
import { describe, expect, test } from 'vitest'
import { acquire, claim, only, renew, session, shardWorld } from '../../test/shard-world.ts'
import { callAs, edge, failureOf, gatewayCaller, operator, registerGateway } from '../../test/start-core.ts'

const world = shardWorld(5)

async function firstShard() {
  return (await callAs(world.second, edge).shards.lease.list()).shards[0]
}

describe('one holder a shard (T14)', () => {
  test('gateways that ask at once on two replicas never get the same shard', async () => {
    const gateways = await Promise.all(
      [0, 1, 2, 3].map((ordinal) => registerGateway(ordinal % 2 === 0 ? world.first : world.second, ordinal)),
    )
    const rounds = await Promise.all(
      Array.from({ length: 5 }, () => gateways.map((gateway) => acquire(gateway, 16))).flat(),
    )
    const leased = rounds.flat().map(({ shardId }) => shardId)
    expect(new Set(leased).size).toBe(leased.length)
    const { shards } = await callAs(world.first, edge).shards.lease.list()
    expect(shards.every(({ epoch }) => epoch <= 1)).toBe(true)
  })

  test('the first to state the number of shards fixes it', async () => {
    const a = await registerGateway(world.first, 0)
    const b = await registerGateway(world.second, 1)
    await acquire(a, 4)
    const late = await b.calls.shards.lease.acquire({
      gatewayId: b.gatewayId,
      incarnation: b.incarnation,
      shardCount: 16,
    })
    expect(late.shardCount).toBe(4)
    expect((await callAs(world.first, operator).shards.lease.list()).shards).toHaveLength(4)
  })

  test('a renewal keeps what is held, and says at once what is not', async () => {
    const a = await registerGateway(world.first, 0)
    const held = await acquire(a, 2)
    await world.database.query(
      `UPDATE shard_leases SET holder = NULL, registration = NULL, restart = NULL WHERE shard_id = 1`,
    )
    const renewed = await renew(a, held)
    expect(renewed.kept).toEqual([{ shardId: 0, epoch: 1 }])
    expect(renewed.lost).toEqual([1])
  })

  test('a renewal says the time of the database, whichever replica answers', async () => {
    const a = await registerGateway(world.first, 0)
    const held = await acquire(a, 1)
    const clock = async () => {
      const [row] = await world.database.query('SELECT epoch_ms(clock_timestamp())::float8 AS now')
      return Number(row?.['now'])
    }
    for (const replica of [world.first, world.second]) {
      const before = await clock()
      const { nowMs } = await renew({ ...a, calls: callAs(replica, gatewayCaller(0)) }, held)
      expect(nowMs).toBeGreaterThanOrEqual(before)
      expect(nowMs).toBeLessThanOrEqual(await clock())
    }
  })

  test('a lease that changed hands has a higher epoch, and the former holder can do nothing with it', async () => {
    const a = await registerGateway(world.first, 0)
    const lease = await only(acquire(a, 1))
    await a.calls.shards.lease.release({ ...claim(a, lease), session })
    const b = await registerGateway(world.second, 1)
    await callAs(world.first, operator).gateways.cordon({ gatewayId: 'gateway-0', reason: 'r' })
    await world.database.query(`UPDATE gateways SET holds_shards_as = NULL WHERE gateway_id = 'gateway-0'`)
    const next = await only(acquire(b, 1))
    expect(next).toMatchObject({ shardId: 0, epoch: 2, holder: 'gateway-1', session })
    for (const attempt of [
      () => a.calls.shards.checkpoint.store({ ...claim(a, lease), session }),
      () => a.calls.shards.lease.release({ ...claim(a, lease), session }),
      () => a.calls.shards.identify.permit({ ...claim(a, lease), maxConcurrency: 1 }),
    ]) {
      expect(await failureOf(attempt())).toEqual({ kind: 'StaleEpoch', offered: 1, current: 2 })
    }
    expect((await renew(a, [lease])).lost).toEqual([0])
  })

  test('a fenced gateway keeps no shard and gets none', async () => {
    const a = await registerGateway(world.first, 0)
    const held = await acquire(a, 2)
    await world.database.query(`UPDATE gateways SET status_before_offline = status, status = 'offline'`)
    expect(await renew(a, held)).toMatchObject({ kept: [], lost: [0, 1] })
    expect(await failureOf(acquire(a, 2))).toMatchObject({ kind: 'GatewayNotActive', status: 'offline' })
  })
})

describe('parked lanes', () => {
  const [one, two] = [GuildId.parse('100000000000000001'), GuildId.parse('100000000000000002')]
  const through = { generation: 7, seq: 30 }

  test('they are stored with the seq that passed them, and go to the next holder with the name of their keeper', async () => {
    const a = await registerGateway(world.first, 0)
    const lease = await only(acquire(a, 1))
    const kept = [one, two].map((guildId) => ({ guildId, through, events: 3 }))
    await a.calls.shards.checkpoint.store({ ...claim(a, lease), session, parked: { kept, gone: [] } })
    await a.calls.shards.checkpoint.store({
      ...claim(a, lease),
      session: { ...session, seq: 45 },
      parked: {
        kept: [{ guildId: one, through: { generation: 7, seq: 44 }, events: 9 }],
        gone: [{ guildId: two, keeper: a.gatewayId }],
      },
    })
    expect(await firstShard()).toMatchObject({ seq: 45, parked: { lanes: 1, events: 9 } })
    await a.calls.shards.lease.release({
      ...claim(a, lease),
      session: { ...session, seq: 50 },
      parked: { kept: [{ guildId: two, through: { generation: 7, seq: 50 }, events: 1 }], gone: [] },
    })
    await world.database.query(`UPDATE gateways SET holds_shards_as = NULL WHERE gateway_id = 'gateway-0'`)
    const b = await registerGateway(world.second, 1)
    const next = await only(acquire(b, 1))
    expect(next.parked.toSorted((x, y) => x.events - y.events)).toEqual([
      { guildId: two, keeper: 'gateway-0', through: { generation: 7, seq: 50 }, events: 1 },
      { guildId: one, keeper: 'gateway-0', through: { generation: 7, seq: 44 }, events: 9 },
    ])
    // The new holder has copied the one and delivered the other.
    await b.calls.shards.checkpoint.store({
      ...claim(b, next),
      session,
      parked: {
        kept: [{ guildId: one, through: { generation: 7, seq: 44 }, events: 9 }],
        gone: [one, two].map((guildId) => ({ guildId, keeper: a.gatewayId })),
      },
    })
    const rows = await world.database.query('SELECT guild_id, keeper FROM parked_lanes')
    expect(rows).toEqual([{ guild_id: one, keeper: 'gateway-1' }])
  })

  test('a holder that lost its lease changes nothing of them', async () => {
    const a = await registerGateway(world.first, 0)
    const lease = await only(acquire(a, 1))
    await a.calls.shards.checkpoint.store({
      ...claim(a, lease),
      session,
      parked: { kept: [{ guildId: one, through, events: 3 }], gone: [] },
    })
    await world.database.query('UPDATE shard_leases SET epoch = epoch + 1')
    const late = a.calls.shards.checkpoint.store({
      ...claim(a, lease),
      session,
      parked: { kept: [], gone: [{ guildId: one, keeper: a.gatewayId }] },
    })
    expect(await failureOf(late)).toMatchObject({ kind: 'StaleEpoch' })
    expect(await firstShard()).toMatchObject({ parked: { lanes: 1, events: 3 } })
  })
})

describe('sessions', () => {
  test('the resume checkpoint never falls, and a session that ended does not come back', async () => {
    const a = await registerGateway(world.first, 0)
    const lease = await only(acquire(a, 1))
    const store = (next: typeof session | null) =>
      a.calls.shards.checkpoint.store({ ...claim(a, lease), session: next })
    await store(session)
    await store({ ...session, seq: 12 })
    expect(await firstShard()).toMatchObject({ generation: 7, seq: 41 })
    await store(null)
    await store({ ...session, seq: 50 })
    expect(await firstShard()).toMatchObject({ generation: null, seq: null })
    await store({ ...session, generation: 8, seq: 1 })
    expect(await firstShard()).toMatchObject({ generation: 8, seq: 1 })
  })

  test('a session that ended has its row in the gap ledger, also if no holder tells of it (I3)', async () => {
    const a = await registerGateway(world.first, 0)
    const lease = await only(acquire(a, 1))
    const store = (next: typeof session | null) =>
      a.calls.shards.checkpoint.store({ ...claim(a, lease), session: next })
    await store(session)
    await store(null)
    await store(null)
    const losses = async () => (await a.calls.shards.gapLedger.list({})).losses
    expect(await losses()).toMatchObject([
      {
        shardId: 0,
        guildId: null,
        gatewayId: null,
        after: { generation: 7, seq: 41 },
        generationAfter: null,
      },
    ])
    await store({ ...session, generation: 8, seq: 1 })
    expect(await losses()).toMatchObject([{ generationAfter: 8 }])
    // Replaced without a word between: the null got lost.
    await store({ ...session, generation: 9, seq: 1 })
    expect(await losses()).toMatchObject([
      { after: { generation: 8, seq: 1 }, generationAfter: 9 },
      { after: { generation: 7 }, generationAfter: 8 },
    ])
  })

  test('what a holder reports of a data loss is added to its row, however often, and the row names what is lost', async () => {
    const a = await registerGateway(world.first, 0)
    const lease = await only(acquire(a, 1))
    const { gatewayId, incarnation, calls } = a
    await calls.shards.checkpoint.store({ ...claim(a, lease), session })
    await calls.shards.checkpoint.store({ ...claim(a, lease), session: null })
    const known = {
      gatewayId,
      incarnation,
      shardId: 0,
      guildId: null,
      after: { generation: 7, seq: 50 },
      before: null,
      reason: 'invalid-session' as const,
      guilds: 3,
      undelivered: 9,
    }
    await calls.shards.gapLedger.record(known)
    await calls.shards.gapLedger.record(known)
    const lane = {
      ...known,
      guildId: GuildId.parse('100000000000000001'),
      after: { generation: 7, seq: 20 },
      before: { generation: 7, seq: 30 },
      reason: 'not-held' as const,
    }
    await calls.shards.gapLedger.record(lane)
    await calls.shards.gapLedger.record(lane)
    await calls.shards.gapLedger.record({
      ...lane,
      guildId: GuildId.parse('100000000000000002'),
      after: { generation: 7, seq: 0 },
    })
    const { losses: all } = await calls.shards.gapLedger.list({})
    const [fromNothing, ...losses] = all
    expect(fromNothing?.recovered.join()).not.toMatch(/messages|audit/)
    expect(fromNothing?.unrecoverable).toContain('every event before, and what was kept of it')
    expect(losses).toMatchObject([
      { guildId: lane.guildId, after: lane.after, generationAfter: 7, reason: 'not-held' },
      { guildId: null, gatewayId, after: known.after, reason: 'invalid-session', guilds: 3, undelivered: 9 },
    ])
    for (const loss of losses) {
      expect(loss.recovered.join()).toMatch(/members.*messages.*audit log/)
      expect(loss.unrecoverable).toContain('typing and presence')
    }
  })

  test('a release that is repeated changes nothing', async () => {
    const a = await registerGateway(world.first, 0)
    const lease = await only(acquire(a, 1))
    await a.calls.shards.lease.release({ ...claim(a, lease), session })
    await a.calls.shards.lease.release({ ...claim(a, lease), session: null })
    expect(await firstShard()).toMatchObject({ holder: null, seq: 41 })
  })
})
