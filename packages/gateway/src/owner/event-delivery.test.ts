import BetterSqlite3 from 'better-sqlite3'
import { expect, test } from 'vitest'
import { call, gatewayId, guildA, guildB, TestOwner } from '../../test/owner-side/test-owner.ts'
import { channelId, guildCreate, message, messageId } from '@guildmesh/bot/testing'
import { activityFeature, type Feature, on } from '@guildmesh/bot'

const stats = (gateway: TestOwner, guildId = guildA) =>
  gateway.rows(guildId, (rows) =>
    rows.list('messageStats', {}, { orderBy: 'messageId' }).map((row) => row.messageId),
  )

/** Fails on messages that say "poison", after having wanted to write something. */
const touchy: Feature = {
  name: 'touchy',
  events: [
    on('MESSAGE_CREATE', (payload) => {
      if (payload.content === 'poison') throw new Error('cannot take this one')
      return {}
    }),
  ],
}

test('events are applied in order, acknowledged with the cursor, and counted', async () => {
  await using gateway = new TestOwner()
  const ack = await gateway.deliver(
    guildA,
    ['GUILD_CREATE', guildCreate(guildA)],
    ['MESSAGE_CREATE', message(1)],
  )
  const applied = { generation: 1, seq: 2 }
  expect(ack).toEqual({ outcome: 'accepted', guildId: guildA, epoch: 1, applied, durable: applied })
  expect(gateway.rows(guildA, (rows) => rows.cursor()?.position)).toEqual(applied)
  expect(stats(gateway)).toEqual([messageId(1)])
  expect(await gateway.counted('events_applied_total')).toBe(2)
})

test('events delivered again, also after a restart, are skipped and counted', async () => {
  await using gateway = new TestOwner()
  const events = [1, 2, 3].map((n) => ['MESSAGE_CREATE', message(n)] as const)
  await gateway.deliver(guildA, ...events)
  await gateway.restart()
  const ack = await gateway.deliverAt(guildA, 0, ...events, ['MESSAGE_CREATE', message(4)])
  expect(ack).toMatchObject({ outcome: 'accepted', applied: { generation: 1, seq: 4 } })
  expect(stats(gateway)).toEqual([1, 2, 3, 4].map(messageId))
  expect(await gateway.counted('events_duplicate_total')).toBe(3)
})

test('a lane with a sequence gap is refused and the others of the delivery are applied', async () => {
  await using gateway = new TestOwner()
  await gateway.deliver(guildA, ['MESSAGE_CREATE', message(1)])
  const reply = await gateway.owner.deliver(
    gateway.input(
      { guildId: guildA, after: 5, events: [['MESSAGE_CREATE', message(6)]] },
      { guildId: guildB, after: 0, events: [['MESSAGE_CREATE', message(1)]] },
    ),
  )
  expect(reply.owner.gatewayId).toBe(gatewayId)
  expect(reply.acks).toEqual([
    {
      outcome: 'refused',
      guildId: guildA,
      failure: { kind: 'SequenceGap', guildId: guildA, cursor: { generation: 1, seq: 1 } },
    },
    expect.objectContaining({ outcome: 'accepted', guildId: guildB }),
  ])
  expect(stats(gateway, guildB)).toEqual([messageId(1)])
})

test('a poison event becomes a dead letter of its feature; other features, events and guilds go on', async () => {
  await using gateway = new TestOwner({ features: [touchy, activityFeature] })
  const reply = await gateway.owner.deliver(
    gateway.input(
      {
        guildId: guildA,
        after: 0,
        events: [
          ['MESSAGE_CREATE', message(1, { content: 'poison' })],
          ['MESSAGE_CREATE', message(2)],
        ],
      },
      { guildId: guildB, after: 0, events: [['MESSAGE_CREATE', message(1)]] },
    ),
  )
  expect(reply.acks.map((ack) => ack.outcome)).toEqual(['accepted', 'accepted'])
  expect(stats(gateway)).toEqual([messageId(1), messageId(2)])
  expect(stats(gateway, guildB)).toEqual([messageId(1)])
  const dead = gateway.rows(guildA, (rows) => rows.list('eventDeadLetters'))
  expect(dead).toEqual([
    expect.objectContaining({ generation: 1, seq: 1, feature: 'touchy', type: 'MESSAGE_CREATE' }),
  ])
  expect(dead[0]?.payload).toMatchObject({ content: 'poison' })
  expect(await gateway.counted('dead_letters_total', { feature: 'touchy' })).toBe(1)
})

test('a payload that is nothing at all is a dead letter too', async () => {
  await using gateway = new TestOwner()
  const ack = await gateway.deliver(guildA, ['MESSAGE_CREATE', null], ['MESSAGE_CREATE', message(2)])
  expect(ack.outcome).toBe('accepted')
  expect(stats(gateway)).toEqual([messageId(2)])
  const dead = gateway.rows(guildA, (rows) =>
    rows.list('eventDeadLetters', {}, { columns: ['feature', 'seq'] }),
  )
  expect(dead.map(({ feature }) => feature)).toEqual(expect.arrayContaining(['guild-document', 'activity']))
  expect(new Set(dead.map(({ seq }) => seq))).toEqual(new Set([1]))
})

test('a failing disk is blamed on nobody: the whole group is refused, and taken when the disk is well again', async () => {
  let full = true
  const onFullDisk: Feature = {
    name: 'on-full-disk',
    events: [
      on('MESSAGE_CREATE', () => {
        if (full) throw new BetterSqlite3.SqliteError('database or disk is full', 'SQLITE_FULL')
        return {}
      }),
    ],
  }
  await using gateway = new TestOwner({ features: [activityFeature, onFullDisk] })
  const send = () =>
    Promise.all([guildA, guildB].map((guildId) => gateway.deliver(guildId, ['MESSAGE_CREATE', message(1)])))
  expect(await send()).toMatchObject([
    { failure: { kind: 'Unavailable' } },
    { failure: { kind: 'Unavailable' } },
  ])
  expect(gateway.rows(guildA, (rows) => rows.cursor())).toBeNull()
  full = false
  expect(await send()).toMatchObject([{ outcome: 'accepted' }, { outcome: 'accepted' }])
  expect(stats(gateway)).toEqual([messageId(1)])
  expect(gateway.rows(guildA, (rows) => rows.count('eventDeadLetters'))).toBe(0)
})

test('two guilds with the same ids keep their rows apart', async () => {
  await using gateway = new TestOwner()
  for (const guildId of [guildA, guildB]) {
    await gateway.deliver(guildId, ['GUILD_CREATE', guildCreate(guildId)], ['MESSAGE_CREATE', message(1)])
  }
  await gateway.deliver(guildA, ['MESSAGE_DELETE', { id: messageId(1), channel_id: channelId(1) }])
  expect(stats(gateway, guildA)).toEqual([])
  expect(stats(gateway, guildB)).toEqual([messageId(1)])
})

test('a guild that this gateway does not own is refused', async () => {
  await using gateway = new TestOwner({ unassigned: true })
  gateway.owner.reconcile([{ guildId: guildB, epoch: 1 }])
  expect(await gateway.deliver(guildA, ['MESSAGE_CREATE', message(1)])).toEqual({
    outcome: 'refused',
    guildId: guildA,
    failure: { kind: 'NotOwner', guildId: guildA, gatewayId, knownEpoch: 0 },
  })
})

test('nothing is served before the routing table said what is ours, even if an earlier incarnation owned it', async () => {
  await using gateway = new TestOwner({ unassigned: true })
  gateway.owner.reconcile([{ guildId: guildA, epoch: 1 }])
  await gateway.restart()
  const refused = await gateway.deliver(guildA, ['MESSAGE_CREATE', message(1)])
  expect(refused).toMatchObject({ outcome: 'refused', failure: { kind: 'GuildFenced' } })
  gateway.owner.reconcile([{ guildId: guildA, epoch: 1 }])
  expect(await gateway.deliver(guildA, ['MESSAGE_CREATE', message(1)])).toMatchObject({ outcome: 'accepted' })
})

test('I9: without a lease nothing is committed and nothing is answered', async () => {
  await using gateway = new TestOwner()
  await gateway.deliver(guildA, ['GUILD_CREATE', guildCreate(guildA)])
  gateway.serving = false
  expect(await gateway.deliver(guildA, ['MESSAGE_CREATE', message(1)])).toMatchObject({
    outcome: 'refused',
    failure: { kind: 'GuildFenced' },
  })
  await expect(
    gateway.owner.port.guild.overview({ guildId: guildA, epoch: 1 }, call()),
  ).rejects.toMatchObject({
    failure: { kind: 'GuildFenced' },
  })
  expect(stats(gateway)).toEqual([])
})

test('I2: after a higher epoch, deliveries and reads made for the lower one are refused', async () => {
  await using gateway = new TestOwner()
  gateway.owner.reconcile([{ guildId: guildA, epoch: 2 }])
  expect(await gateway.deliver(guildA, ['MESSAGE_CREATE', message(1)])).toMatchObject({
    failure: { kind: 'StaleEpoch', offered: 1, current: 2 },
  })
  const reply = await gateway.owner.deliver(
    gateway.input({ guildId: guildA, after: 0, epoch: 2, events: [['MESSAGE_CREATE', message(1)]] }),
  )
  expect(reply.acks).toMatchObject([{ outcome: 'accepted', epoch: 2 }])
  expect(await gateway.deliver(guildB, ['MESSAGE_CREATE', message(1)])).toMatchObject({
    failure: { kind: 'NotOwner', knownEpoch: 1 },
  })
})

test('a lease of the shard that has been superseded is refused, also if its successor only repeated events', async () => {
  await using gateway = new TestOwner()
  await gateway.deliver(guildA, ['MESSAGE_CREATE', message(1)])
  gateway.shardEpoch = 4
  await gateway.deliverAt(guildA, 0, ['MESSAGE_CREATE', message(1)])
  gateway.shardEpoch = 3
  expect(await gateway.deliver(guildA, ['MESSAGE_CREATE', message(2)])).toMatchObject({
    failure: { kind: 'StaleEpoch', offered: 3, current: 4 },
  })
})

test('deliveries that come together share one transaction', async () => {
  await using gateway = new TestOwner()
  await Promise.all([
    gateway.deliver(guildA, ['MESSAGE_CREATE', message(1)]),
    gateway.deliver(guildB, ['MESSAGE_CREATE', message(1)]),
  ])
  const metric = await gateway.metrics.registry
    .getSingleMetric('guildmesh_transaction_duration_seconds')
    ?.get()
  const count = metric?.values.find(
    (value) => 'metricName' in value && value.metricName === 'guildmesh_transaction_duration_seconds_count',
  )
  expect(count?.value).toBe(1)
})

test('a handler that takes too long is counted under its name', async () => {
  const slow: Feature = {
    name: 'slow',
    events: [
      on('MESSAGE_CREATE', () => {
        gateway.skippedMs += 60
        return {}
      }),
    ],
  }
  await using gateway = new TestOwner({ features: [slow] })
  await gateway.deliver(guildA, ['MESSAGE_CREATE', message(1)])
  expect(
    await gateway.counted('handler_over_budget_total', { feature: 'slow', input: 'MESSAGE_CREATE' }),
  ).toBe(1)
})
