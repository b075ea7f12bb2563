import { remove } from '@guildmesh/guild-store'
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
} from '../testing/payloads.ts'
import { TestGuild, testGuildId } from '../testing/test-guild.ts'
import { isHiddenChannel } from './hidden-channel.ts'
import { FetchedChannels, refreshedChannels } from './refreshed-rows.ts'

const channels = (guild: TestGuild) =>
  guild.rows((rows) => rows.list('documentChannels', {}, { orderBy: 'channelId' }).map((row) => row.name))
const roles = (guild: TestGuild) =>
  guild.rows((rows) => rows.list('documentRoles', {}, { orderBy: 'roleId' }).map((row) => row.name))
const memberOf = (guild: TestGuild, n: number) =>
  guild.rows((rows) => rows.get('documentMembers', { userId: userId(n) }))
const guildOf = (guild: TestGuild) => guild.rows((rows) => rows.get('documentGuild', {}))

const thread = (n: number, parent: number) => channel(n, { type: 11, parent_id: channelId(parent) })

function inGuild(more: Record<string, unknown> = {}) {
  const guild = new TestGuild()
  guild.deliver(['GUILD_CREATE', guildCreate(testGuildId, more)])
  return guild
}

test('a guild is remembered with its channels, threads, roles and the bot, and not with all members', () => {
  using guild = inGuild({
    threads: [channel(5, { type: 11, parent_id: channelId(1) })],
    members: [member(3), { ...member(1), user: user(1, { id: botId, bot: true }) }],
  })
  expect(guildOf(guild)).toMatchObject({ name: 'Garden', ownerId: userId(1), memberCount: 5 })
  expect(guildOf(guild)?.payload).not.toHaveProperty('members')
  expect(channels(guild)).toEqual(['channel-1', 'channel-5'])
  expect(roles(guild)).toEqual([`role-${testGuildId}`])
  expect(guild.rows((rows) => rows.list('documentMembers').map((row) => row.userId))).toEqual([botId])
})

test('a new session’s GUILD_CREATE replaces what is gone; members known from before are not trusted', () => {
  using guild = inGuild({
    channels: [channel(1), channel(2)],
    roles: [role(testGuildId, 0n), role(roleId(1), 8n)],
  })
  guild.deliver(['MESSAGE_CREATE', message(1)])
  expect(memberOf(guild, 7)).toMatchObject({ fresh: true })
  guild.deliver(['GUILD_CREATE', guildCreate(testGuildId, { name: 'Park', channels: [channel(2)] })])
  expect(guildOf(guild)?.name).toBe('Park')
  expect(channels(guild)).toEqual(['channel-2'])
  expect(roles(guild)).toEqual([`role-${testGuildId}`])
  expect(memberOf(guild, 7)).toMatchObject({ fresh: false, name: 'User 7' })
})

test('channels come, change and go, a channel with its threads', () => {
  using guild = inGuild()
  guild.deliver(
    ['CHANNEL_CREATE', channel(2, { guild_id: testGuildId })],
    ['THREAD_CREATE', channel(5, { type: 11, parent_id: channelId(2) })],
    ['CHANNEL_UPDATE', channel(2, { guild_id: testGuildId, name: 'renamed' })],
  )
  expect(channels(guild)).toEqual(['channel-1', 'renamed', 'channel-5'])
  guild.deliver(['CHANNEL_DELETE', channel(2, { guild_id: testGuildId })])
  expect(channels(guild)).toEqual(['channel-1'])
})

test('deleting a category leaves its channels', () => {
  using guild = inGuild({
    channels: [channel(9, { type: 4 }), channel(1, { parent_id: channelId(9) })],
  })
  guild.deliver(['CHANNEL_DELETE', channel(9, { type: 4 })])
  expect(channels(guild)).toEqual(['channel-1'])
})

test('threads are synced for the channels that are named', () => {
  using guild = inGuild({
    channels: [channel(1), channel(2)],
    threads: [thread(5, 1), thread(6, 2)],
  })
  guild.deliver([
    'THREAD_LIST_SYNC',
    { guild_id: testGuildId, channel_ids: [channelId(1)], threads: [thread(7, 1)], members: [] },
  ])
  expect(channels(guild)).toEqual(['channel-1', 'channel-2', 'channel-6', 'channel-7'])
  guild.deliver(['THREAD_LIST_SYNC', { guild_id: testGuildId, threads: [], members: [] }])
  expect(channels(guild)).toEqual(['channel-1', 'channel-2'])
})

test('a message moves the last message of its channel, and an update does not forget it', () => {
  using guild = inGuild()
  guild.deliver(['MESSAGE_CREATE', message(4)], ['CHANNEL_UPDATE', channel(1, { name: 'renamed' })])
  expect(guild.rows((rows) => rows.get('documentChannels', { channelId: channelId(1) }))).toMatchObject({
    name: 'renamed',
    lastMessageId: messageId(4),
  })
})

test('roles come, change and go', () => {
  using guild = inGuild()
  guild.deliver(
    ['GUILD_ROLE_CREATE', { guild_id: testGuildId, role: role(roleId(1), 0n) }],
    ['GUILD_ROLE_UPDATE', { guild_id: testGuildId, role: role(roleId(1), 8n, { name: 'staff' }) }],
  )
  expect(roles(guild)).toEqual([`role-${testGuildId}`, 'staff'])
  guild.deliver(['GUILD_ROLE_DELETE', { guild_id: testGuildId, role_id: roleId(1) }])
  expect(roles(guild)).toEqual([`role-${testGuildId}`])
})

test('members are counted; only those that were needed are kept, and kept up to date', () => {
  using guild = inGuild()
  guild.deliver(
    ['GUILD_MEMBER_ADD', { ...member(8), guild_id: testGuildId }],
    ['MESSAGE_CREATE', message(1)],
    ['GUILD_MEMBER_UPDATE', { ...member(7, { nick: 'Seven', roles: [roleId(1)] }), guild_id: testGuildId }],
    ['GUILD_MEMBER_UPDATE', { ...member(9), guild_id: testGuildId }],
  )
  expect(guildOf(guild)?.memberCount).toBe(6)
  expect(memberOf(guild, 7)).toMatchObject({ name: 'Seven', roles: [roleId(1)], fresh: true })
  expect(memberOf(guild, 8)).toBeUndefined()
  expect(memberOf(guild, 9)).toBeUndefined()
  guild.deliver(['GUILD_MEMBER_REMOVE', { guild_id: testGuildId, user: user(7) }])
  expect(guildOf(guild)?.memberCount).toBe(5)
  expect(memberOf(guild, 7)).toBeUndefined()
})

test('GUILD_UPDATE keeps the member count, which it does not tell', () => {
  using guild = inGuild()
  guild.deliver(['GUILD_UPDATE', guildCreate(testGuildId, { name: 'Park', member_count: undefined })])
  expect(guildOf(guild)).toMatchObject({ name: 'Park', memberCount: 5 })
})

test('an outage is no leaving, and leaving keeps the data until a re-invite', () => {
  using guild = inGuild()
  const leftAt = () => guild.rows((rows) => rows.get('guilds', {})?.leftAt)
  guild.deliver(['GUILD_DELETE', { id: testGuildId, unavailable: true }])
  expect(guildOf(guild)?.unavailable).toBe(true)
  expect(leftAt()).toBeNull()
  guild.deliver(['GUILD_DELETE', { id: testGuildId }])
  expect(leftAt()).toBe(guild.now)
  expect(channels(guild)).toEqual(['channel-1'])
  guild.deliver(['GUILD_CREATE', guildCreate(testGuildId)])
  expect(leftAt()).toBeNull()
  expect(guildOf(guild)?.unavailable).toBe(false)
})

test('emojis and stickers are part of the remembered guild', () => {
  using guild = inGuild()
  guild.deliver(
    ['GUILD_EMOJIS_UPDATE', { guild_id: testGuildId, emojis: [{ id: '1', name: 'wave' }] }],
    ['GUILD_STICKERS_UPDATE', { guild_id: testGuildId, stickers: [] }],
  )
  expect(guildOf(guild)?.payload).toMatchObject({
    emojis: [{ id: '1', name: 'wave' }],
    stickers: [],
    name: 'Garden',
  })
})

// What Discord tells of a channel that the bot cannot view.
const hidden = (n: number, more: Record<string, unknown> = {}) =>
  channel(n, {
    name: '___hidden___',
    flags: 1 << 17,
    last_message_id: null,
    permission_overwrites: [{ id: testGuildId, type: 0, allow: '0', deny: '1024' }],
    ...more,
  })

test('a channel that becomes hidden is kept as such, without its threads and without a last message', () => {
  using guild = inGuild({ channels: [channel(1)], threads: [thread(5, 1)] })
  guild.deliver(['MESSAGE_CREATE', message(4)], ['CHANNEL_UPDATE', hidden(1)])
  const row = () => guild.rows((rows) => rows.get('documentChannels', { channelId: channelId(1) }))
  expect(channels(guild)).toEqual(['___hidden___'])
  expect(row()?.lastMessageId).toBeNull()
  expect(isHiddenChannel(row()?.payload ?? {})).toBe(true)

  guild.deliver(
    ['CHANNEL_UPDATE', channel(1, { last_message_id: messageId(9) })],
    [
      'THREAD_LIST_SYNC',
      { guild_id: testGuildId, channel_ids: [channelId(1)], threads: [thread(6, 1)], members: [] },
    ],
  )
  expect(channels(guild)).toEqual(['channel-1', 'channel-6'])
  expect(row()?.lastMessageId).toBe(messageId(9))
  expect(isHiddenChannel(row()?.payload ?? {})).toBe(false)
})

test('a channel that is really called ___hidden___ is not taken for a hidden one', () => {
  using guild = inGuild({ channels: [channel(1, { name: '___hidden___', flags: 0 })] })
  const row = guild.rows((rows) => rows.get('documentChannels', { channelId: channelId(1) }))
  expect(row?.name).toBe('___hidden___')
  expect(isHiddenChannel(row?.payload ?? {})).toBe(false)
})

test('channels read over REST, which lists no hidden ones, leave the hidden ones in place', () => {
  using guild = inGuild({ channels: [channel(1), channel(2), hidden(3)] })
  const read = FetchedChannels.parse([channel(1, { name: 'renamed' })])
  const rows = guild.rows((reader) => refreshedChannels(read, reader))
  expect(rows).toEqual([
    remove('documentChannels', { channelId: channelId(2) }),
    expect.objectContaining({ op: 'put', row: expect.objectContaining({ name: 'renamed' }) }),
  ])
})

test('a guild that GUILD_CREATE tells to be away is away as after GUILD_DELETE, and nothing of it is lost', () => {
  using guild = inGuild()
  guild.deliver(['GUILD_CREATE', { id: testGuildId, unavailable: true }])
  expect(guildOf(guild)).toMatchObject({ unavailable: true, name: 'Garden', memberCount: 5 })
  expect(channels(guild)).toEqual(['channel-1'])
  guild.deliver(['GUILD_CREATE', guildCreate(testGuildId, { unavailable: false })])
  expect(guildOf(guild)).toMatchObject({ unavailable: false })
})

test('a guild that was never seen may begin by being away', () => {
  using guild = new TestGuild()
  guild.deliver(['GUILD_CREATE', { id: testGuildId, unavailable: true }])
  expect(guildOf(guild)).toBeUndefined()
})

test('GUILD_MEMBER_ADD of somebody who is there already counts nobody', () => {
  using guild = inGuild()
  const add = (n: number, joinedAt: string) =>
    guild.deliver(['GUILD_MEMBER_ADD', { ...member(n), joined_at: joinedAt, guild_id: testGuildId }])
  // Known from a message, and told again.
  guild.deliver(['MESSAGE_CREATE', message(1)])
  add(7, new Date(guild.now).toISOString())
  // Not kept, and in the guild for long.
  add(8, '2024-05-05T00:00:00Z')
  expect(guildOf(guild)?.memberCount).toBe(5)
  add(9, new Date(guild.now - 1_000).toISOString())
  expect(guildOf(guild)?.memberCount).toBe(6)
})
