import { GuildSettings, UserId } from '@guildmesh/contracts'
import { saveSettings } from '@guildmesh/guild-store'
import { PermissionFlagsBits as bits } from 'discord-api-types/v10'
import { expect, test } from 'vitest'
import { FakeDiscord } from '../../test/owner-side/fake-discord.ts'
import {
  channel,
  channelId,
  guildCreate,
  member,
  message,
  role,
  roleId,
  user,
  userId,
} from '@guildmesh/bot/testing'
import { call, failureOf, gatewayId, guildA, guildB, TestOwner } from '../../test/owner-side/test-owner.ts'
import { allPermissions } from '@guildmesh/bot'

const owned = { guildId: guildA, epoch: 1 }
const dayMs = 86_400_000
const newYear = Date.UTC(2026, 0, 1)
const settings = {
  moderatorRoleId: roleId(1),
  modLogChannelId: channelId(1),
  deletionLogChannelId: channelId(77),
  honeypotChannelId: null,
  ticketChannelId: null,
  restrictedRoleId: null,
  quorum: 3,
}

async function inGuild(gateway: TestOwner) {
  await gateway.deliver(guildA, [
    'GUILD_CREATE',
    guildCreate(guildA, {
      channels: [channel(1), channel(2)],
      threads: [channel(5, { type: 11, parent_id: channelId(1) })],
      roles: [role(guildA, bits.ViewChannel), role(roleId(1), bits.ManageMessages, { name: 'staff' })],
    }),
  ])
}

const save = (gateway: TestOwner) =>
  gateway.store.transact([
    { ...owned, run: (writer) => writer.apply([saveSettings(GuildSettings.parse(settings))]) },
  ])

test('the overview tells of the guild, its settings with names, and where its stream stands', async () => {
  await using gateway = new TestOwner()
  await inGuild(gateway)
  save(gateway)
  expect(await gateway.owner.port.guild.overview(owned, call())).toEqual({
    guildId: guildA,
    name: 'Garden',
    iconUrl: null,
    memberCount: 5,
    channelCount: 2,
    roleCount: 2,
    present: true,
    gatewayId,
    epoch: 1,
    settings,
    names: { [roleId(1)]: 'staff', [channelId(1)]: 'channel-1', [channelId(77)]: null },
    hidden: [],
    cursor: { generation: 1, seq: 1 },
    lastEventAt: gateway.now,
    eventLagMs: expect.any(Number),
  })
})

test('a guild that the bot was never in, or has left, is not present', async () => {
  await using gateway = new TestOwner()
  expect(await gateway.owner.port.guild.overview(owned, call())).toMatchObject({
    present: false,
    settings: null,
    cursor: null,
  })
  await inGuild(gateway)
  await gateway.deliver(guildA, ['GUILD_DELETE', { id: guildA }])
  expect(await gateway.owner.port.guild.overview(owned, call())).toMatchObject({
    present: false,
    name: 'Garden',
  })
})

function at(n: number, when: number, more: Record<string, unknown> = {}) {
  return ['MESSAGE_CREATE', message(n, { timestamp: new Date(when).toISOString(), ...more })] as const
}

test('activity counts the window, compares it with the one before, and names who and where', async () => {
  await using gateway = new TestOwner()
  await inGuild(gateway)
  await gateway.deliver(
    guildA,
    at(1, newYear - 1),
    at(2, newYear),
    at(3, newYear + dayMs, { author: user(8) }),
    at(4, newYear + dayMs, { channel_id: channelId(99) }),
    at(5, newYear + 3 * dayMs),
  )
  const activity = await gateway.owner.port.guild.activity(
    { ...owned, from: newYear, to: newYear + 3 * dayMs, interval: 'day' },
    call(),
  )
  expect(activity.buckets).toEqual([
    { start: newYear, messages: 1, members: 1 },
    { start: newYear + dayMs, messages: 2, members: 2 },
    { start: newYear + 2 * dayMs, messages: 0, members: 0 },
  ])
  expect(activity.totals).toMatchObject({ messages: 3, members: 2, channels: 2, words: 9 })
  expect(activity.previous).toMatchObject({ messages: 1, members: 1 })
  expect(activity.topMembers).toEqual([
    { userId: userId(7), name: 'User 7', messages: 2 },
    { userId: userId(8), name: 'User 8', messages: 1 },
  ])
  expect(activity.topChannels).toEqual([
    { channelId: channelId(1), name: 'channel-1', hidden: false, messages: 2 },
    { channelId: channelId(99), name: null, hidden: false, messages: 1 },
  ])
})

test('a channel that the bot cannot see is shown as hidden, not as gone, and never by what Discord calls it', async () => {
  await using gateway = new TestOwner()
  await inGuild(gateway)
  save(gateway)
  await gateway.deliver(guildA, at(1, newYear), [
    'CHANNEL_UPDATE',
    { ...channel(1, { name: '___hidden___', flags: 1 << 17, last_message_id: null }), guild_id: guildA },
  ])
  const overview = await gateway.owner.port.guild.overview(owned, call())
  expect(overview.hidden).toEqual([channelId(1)])
  expect(overview.names).toMatchObject({ [channelId(1)]: null, [channelId(77)]: null })
  const activity = await gateway.owner.port.guild.activity(
    { ...owned, from: newYear, to: newYear + dayMs, interval: 'day' },
    call(),
  )
  expect(activity.topChannels).toEqual([{ channelId: channelId(1), name: null, hidden: true, messages: 1 }])
})

test('a member’s permissions come from the guild document, without asking Discord', async () => {
  await using discord = await FakeDiscord.listen()
  await using gateway = new TestOwner({ baseUrl: discord.baseUrl })
  await inGuild(gateway)
  save(gateway)
  await gateway.deliver(guildA, ['MESSAGE_CREATE', message(1, { member: { roles: [roleId(1)] } })])
  expect(
    await gateway.owner.port.guild.member({ ...owned, userId: UserId.parse(userId(7)) }, call()),
  ).toEqual({
    userId: userId(7),
    inGuild: true,
    isOwner: false,
    permissions: String(bits.ViewChannel | bits.ManageMessages),
    isModerator: true,
  })
  expect(discord.received).toEqual([])
})

test('an unknown member is asked for once and kept from then on', async () => {
  await using discord = await FakeDiscord.listen()
  discord.answer = () => ({ status: 200, body: member(1) })
  await using gateway = new TestOwner({ baseUrl: discord.baseUrl })
  await inGuild(gateway)
  const input = { ...owned, userId: UserId.parse(userId(1)) }
  for (let time = 0; time < 2; time++) {
    expect(await gateway.owner.port.guild.member(input, call())).toMatchObject({
      inGuild: true,
      isOwner: true,
      permissions: String(allPermissions),
    })
  }
  expect(discord.received.map(({ method, path }) => `${method} ${path}`)).toEqual([
    `GET /guilds/${guildA}/members/${userId(1)}`,
  ])
  await gateway.deliver(guildA, ['GUILD_MEMBER_REMOVE', { guild_id: guildA, user: user(1) }])
  discord.answer = () => ({ status: 404, body: { code: 10007, message: 'Unknown Member' } })
  expect(await gateway.owner.port.guild.member(input, call())).toMatchObject({
    inGuild: false,
    permissions: '0',
  })
})

test('while events lag, and after a new session, Discord is asked again', async () => {
  await using discord = await FakeDiscord.listen()
  discord.answer = () => ({ status: 200, body: member(7, { roles: [] }) })
  await using gateway = new TestOwner({ baseUrl: discord.baseUrl })
  await inGuild(gateway)
  await gateway.deliver(guildA, ['MESSAGE_CREATE', message(1, { member: { roles: [roleId(1)] } })])
  await inGuild(gateway)
  expect(
    await gateway.owner.port.guild.member({ ...owned, userId: UserId.parse(userId(7)) }, call()),
  ).toMatchObject({ permissions: String(bits.ViewChannel) })
  expect(discord.received).toHaveLength(1)
})

test('if Discord does not answer, nobody is let in by guessing', async () => {
  await using discord = await FakeDiscord.listen()
  discord.answer = () => ({ status: 500 })
  await using gateway = new TestOwner({ baseUrl: discord.baseUrl })
  await inGuild(gateway)
  const asked = gateway.owner.port.guild.member({ ...owned, userId: UserId.parse(userId(3)) }, call())
  expect(await failureOf(asked)).toMatchObject({ kind: 'Unavailable', service: 'discord' })
})

test('a follower hears of the present state, then of commits of its guild, and that the guild has moved', async () => {
  await using gateway = new TestOwner()
  const aborted = new AbortController()
  const changes = gateway.owner.port.guild.changes(owned, call(aborted.signal))[Symbol.asyncIterator]()
  expect((await changes.next()).value).toMatchObject({ guildId: guildA, cursor: null })
  const next = changes.next()
  await gateway.deliver(guildA, ['MESSAGE_CREATE', message(1)], ['MESSAGE_CREATE', message(2)])
  expect((await next).value).toMatchObject({ cursor: { generation: 1, seq: 2 } })
  const last = changes.next()
  gateway.owner.reconcile([{ guildId: guildB, epoch: 1 }])
  expect(await failureOf(last)).toMatchObject({ kind: 'NotOwner' })
  aborted.abort()
})

test('a follower that goes away ends its stream', async () => {
  await using gateway = new TestOwner()
  const aborted = new AbortController()
  const changes = gateway.owner.port.guild.changes(owned, call(aborted.signal))[Symbol.asyncIterator]()
  await changes.next()
  const next = changes.next()
  aborted.abort()
  expect(await next).toMatchObject({ done: true })
})

test('only a guild without data is released, and the same move takes it back', async () => {
  await using gateway = new TestOwner()
  await inGuild(gateway)
  const { ownership } = gateway.owner.port
  const move = { ...owned, moveId: '6f1c2f66-57a5-4a6b-8a53-4a5a1f7f0b11' }
  expect(await failureOf(ownership.releaseEmpty(move, call()))).toMatchObject({
    kind: 'GuildHasData',
    tables: { document_guild: 1 },
  })
  const empty = { ...move, guildId: guildB }
  for (let time = 0; time < 2; time++) {
    expect(await ownership.releaseEmpty(empty, call())).toEqual({ released: true })
  }
  expect(await gateway.deliver(guildB, ['MESSAGE_CREATE', message(1)])).toMatchObject({
    failure: { kind: 'GuildFenced' },
  })
  for (let time = 0; time < 2; time++) {
    expect(await ownership.reclaim(empty, call())).toEqual({ reclaimed: true })
  }
  expect(await gateway.deliver(guildB, ['MESSAGE_CREATE', message(1)])).toMatchObject({ outcome: 'accepted' })
})
