import { expect, test } from 'vitest'
import {
  botId,
  channel,
  channelId,
  guildCreate,
  member,
  message,
  messageId,
  role,
  roleId,
  user,
  userId,
} from '../../test/owner-side/payloads.ts'
import { guildA, TestOwner } from '../../test/owner-side/test-owner.ts'

const channels = (gateway: TestOwner) =>
  gateway.rows(guildA, (rows) =>
    rows.list('documentChannels', {}, { orderBy: 'channelId' }).map((row) => row.name),
  )
const roles = (gateway: TestOwner) =>
  gateway.rows(guildA, (rows) => rows.list('documentRoles', {}, { orderBy: 'roleId' }).map((row) => row.name))
const memberOf = (gateway: TestOwner, n: number) =>
  gateway.rows(guildA, (rows) => rows.get('documentMembers', { userId: userId(n) }))
const guildOf = (gateway: TestOwner) => gateway.rows(guildA, (rows) => rows.get('documentGuild', {}))

const thread = (n: number, parent: number) => channel(n, { type: 11, parent_id: channelId(parent) })

async function inGuild(more: Record<string, unknown> = {}) {
  const gateway = new TestOwner()
  await gateway.deliver(guildA, ['GUILD_CREATE', guildCreate(guildA, more)])
  return gateway
}

test('a guild is remembered with its channels, threads, roles and the bot, and not with all members', async () => {
  await using gateway = await inGuild({
    threads: [channel(5, { type: 11, parent_id: channelId(1) })],
    members: [member(3), { ...member(1), user: user(1, { id: botId, bot: true }) }],
  })
  expect(guildOf(gateway)).toMatchObject({ name: 'Garden', ownerId: userId(1), memberCount: 5 })
  expect(guildOf(gateway)?.payload).not.toHaveProperty('members')
  expect(channels(gateway)).toEqual(['channel-1', 'channel-5'])
  expect(roles(gateway)).toEqual([`role-${guildA}`])
  expect(gateway.rows(guildA, (rows) => rows.list('documentMembers').map((row) => row.userId))).toEqual([
    botId,
  ])
})

test('a new session’s GUILD_CREATE replaces what is gone; members known from before are not trusted', async () => {
  await using gateway = await inGuild({
    channels: [channel(1), channel(2)],
    roles: [role(guildA, 0n), role(roleId(1), 8n)],
  })
  await gateway.deliver(guildA, ['MESSAGE_CREATE', message(1)])
  expect(memberOf(gateway, 7)).toMatchObject({ fresh: true })
  await gateway.deliver(guildA, [
    'GUILD_CREATE',
    guildCreate(guildA, { name: 'Park', channels: [channel(2)] }),
  ])
  expect(guildOf(gateway)?.name).toBe('Park')
  expect(channels(gateway)).toEqual(['channel-2'])
  expect(roles(gateway)).toEqual([`role-${guildA}`])
  expect(memberOf(gateway, 7)).toMatchObject({ fresh: false, name: 'User 7' })
})

test('channels come, change and go, a channel with its threads', async () => {
  await using gateway = await inGuild()
  await gateway.deliver(
    guildA,
    ['CHANNEL_CREATE', channel(2, { guild_id: guildA })],
    ['THREAD_CREATE', channel(5, { type: 11, parent_id: channelId(2) })],
    ['CHANNEL_UPDATE', channel(2, { guild_id: guildA, name: 'renamed' })],
  )
  expect(channels(gateway)).toEqual(['channel-1', 'renamed', 'channel-5'])
  await gateway.deliver(guildA, ['CHANNEL_DELETE', channel(2, { guild_id: guildA })])
  expect(channels(gateway)).toEqual(['channel-1'])
})

test('deleting a category leaves its channels', async () => {
  await using gateway = await inGuild({
    channels: [channel(9, { type: 4 }), channel(1, { parent_id: channelId(9) })],
  })
  await gateway.deliver(guildA, ['CHANNEL_DELETE', channel(9, { type: 4 })])
  expect(channels(gateway)).toEqual(['channel-1'])
})

test('threads are synced for the channels that are named', async () => {
  await using gateway = await inGuild({
    channels: [channel(1), channel(2)],
    threads: [thread(5, 1), thread(6, 2)],
  })
  await gateway.deliver(guildA, [
    'THREAD_LIST_SYNC',
    { guild_id: guildA, channel_ids: [channelId(1)], threads: [thread(7, 1)], members: [] },
  ])
  expect(channels(gateway)).toEqual(['channel-1', 'channel-2', 'channel-6', 'channel-7'])
  await gateway.deliver(guildA, ['THREAD_LIST_SYNC', { guild_id: guildA, threads: [], members: [] }])
  expect(channels(gateway)).toEqual(['channel-1', 'channel-2'])
})

test('a message moves the last message of its channel, and an update does not forget it', async () => {
  await using gateway = await inGuild()
  await gateway.deliver(
    guildA,
    ['MESSAGE_CREATE', message(4)],
    ['CHANNEL_UPDATE', channel(1, { name: 'renamed' })],
  )
  expect(
    gateway.rows(guildA, (rows) => rows.get('documentChannels', { channelId: channelId(1) })),
  ).toMatchObject({
    name: 'renamed',
    lastMessageId: messageId(4),
  })
})

test('roles come, change and go', async () => {
  await using gateway = await inGuild()
  await gateway.deliver(
    guildA,
    ['GUILD_ROLE_CREATE', { guild_id: guildA, role: role(roleId(1), 0n) }],
    ['GUILD_ROLE_UPDATE', { guild_id: guildA, role: role(roleId(1), 8n, { name: 'staff' }) }],
  )
  expect(roles(gateway)).toEqual([`role-${guildA}`, 'staff'])
  await gateway.deliver(guildA, ['GUILD_ROLE_DELETE', { guild_id: guildA, role_id: roleId(1) }])
  expect(roles(gateway)).toEqual([`role-${guildA}`])
})

test('members are counted; only those that were needed are kept, and kept up to date', async () => {
  await using gateway = await inGuild()
  await gateway.deliver(
    guildA,
    ['GUILD_MEMBER_ADD', { ...member(8), guild_id: guildA }],
    ['MESSAGE_CREATE', message(1)],
    ['GUILD_MEMBER_UPDATE', { ...member(7, { nick: 'Seven', roles: [roleId(1)] }), guild_id: guildA }],
    ['GUILD_MEMBER_UPDATE', { ...member(9), guild_id: guildA }],
  )
  expect(guildOf(gateway)?.memberCount).toBe(6)
  expect(memberOf(gateway, 7)).toMatchObject({ name: 'Seven', roles: [roleId(1)], fresh: true })
  expect(memberOf(gateway, 8)).toBeUndefined()
  expect(memberOf(gateway, 9)).toBeUndefined()
  await gateway.deliver(guildA, ['GUILD_MEMBER_REMOVE', { guild_id: guildA, user: user(7) }])
  expect(guildOf(gateway)?.memberCount).toBe(5)
  expect(memberOf(gateway, 7)).toBeUndefined()
})

test('GUILD_UPDATE keeps the member count, which it does not tell', async () => {
  await using gateway = await inGuild()
  await gateway.deliver(guildA, [
    'GUILD_UPDATE',
    guildCreate(guildA, { name: 'Park', member_count: undefined }),
  ])
  expect(guildOf(gateway)).toMatchObject({ name: 'Park', memberCount: 5 })
})

test('an outage is no leaving, and leaving keeps the data until a re-invite', async () => {
  await using gateway = await inGuild()
  const leftAt = () => gateway.rows(guildA, (rows) => rows.get('guilds', {})?.leftAt)
  await gateway.deliver(guildA, ['GUILD_DELETE', { id: guildA, unavailable: true }])
  expect(guildOf(gateway)?.unavailable).toBe(true)
  expect(leftAt()).toBeNull()
  await gateway.deliver(guildA, ['GUILD_DELETE', { id: guildA }])
  expect(leftAt()).toBe(gateway.now)
  expect(channels(gateway)).toEqual(['channel-1'])
  await gateway.deliver(guildA, ['GUILD_CREATE', guildCreate(guildA)])
  expect(leftAt()).toBeNull()
  expect(guildOf(gateway)?.unavailable).toBe(false)
})

test('emojis and stickers are part of the remembered guild', async () => {
  await using gateway = await inGuild()
  await gateway.deliver(
    guildA,
    ['GUILD_EMOJIS_UPDATE', { guild_id: guildA, emojis: [{ id: '1', name: 'wave' }] }],
    ['GUILD_STICKERS_UPDATE', { guild_id: guildA, stickers: [] }],
  )
  expect(guildOf(gateway)?.payload).toMatchObject({
    emojis: [{ id: '1', name: 'wave' }],
    stickers: [],
    name: 'Garden',
  })
})
