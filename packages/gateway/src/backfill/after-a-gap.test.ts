import { PermissionFlagsBits } from 'discord-api-types/v10'
import { expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { type Answer, FakeDiscord, type Received } from '../../test/owner-side/fake-discord.ts'
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
  userId,
} from '@guildmesh/bot/testing'
import { type Dispatch, guildA, TestOwner } from '../../test/owner-side/test-owner.ts'
import type { Feature } from '@guildmesh/bot'

const entryId = (n: number) => String(600000000000000000n + BigInt(n))
const entry = (n: number) => ({ id: entryId(n), action_type: 20, user_id: userId(1), target_id: userId(n) })
const mayViewLog = [role(guildA, PermissionFlagsBits.ViewAuditLog)]

const ok = (body: unknown): Answer => ({ status: 200, body })
const ids = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

/** A guild at Discord: what REST shows of it. */
class GuildAtDiscord {
  members: number[] = [7, 8]
  entries = 0
  lastMessage = 0
  name = 'Garden'
  channels = [1]
  onAsked: (request: Received) => Promise<void> | void = () => {}

  async answer(request: Received): Promise<Answer> {
    await this.onAsked(request)
    const url = new URL(request.path, 'http://discord.invalid')
    const after = BigInt(url.searchParams.get('after') ?? '0')
    const limit = Number(url.searchParams.get('limit') ?? '100')
    const later = <T extends { id: string }>(all: T[]) =>
      all.filter(({ id }) => BigInt(id) > after).slice(0, limit)
    switch (url.pathname.replaceAll(/\d{17,}/g, ':id')) {
      case '/guilds/:id/audit-logs':
        return ok({ audit_log_entries: later(ids(this.entries).map(entry)) })
      case '/guilds/:id/members':
        return ok(
          later(this.members.map((n) => ({ id: userId(n), n }))).map(({ n }) =>
            member(n, { nick: `nick-${n}` }),
          ),
        )
      case '/guilds/:id/members/:id':
        return ok({ ...member(0, { roles: [] }), user: { ...member(0).user, id: botId } })
      case '/guilds/:id':
        return ok({ ...guildCreate(guildA), name: this.name, roles: [...mayViewLog, role(roleId(2), 8n)] })
      case '/guilds/:id/channels':
        return ok(this.channels.map((n) => channel(n, { last_message_id: messageId(this.lastMessage) })))
      case '/guilds/:id/threads/active':
        return ok({ threads: [], members: [] })
      case '/channels/:id/messages':
        return ok(later(ids(this.lastMessage).map((n) => message(n))).toReversed())
      default:
        return { status: 404, body: { code: 0, message: url.pathname } }
    }
  }
}

async function startWorld(options: { features?: readonly Feature[] } = {}) {
  const parts = new AsyncDisposableStack()
  const discord = parts.use(await FakeDiscord.listen())
  const guild = new GuildAtDiscord()
  discord.answer = (request) => guild.answer(request)
  const gateway = parts.use(new TestOwner({ baseUrl: discord.baseUrl, ...options }))
  return { discord, guild, gateway, [Symbol.asyncDispose]: () => parts.disposeAsync() }
}

const seen = (more: Record<string, unknown> = {}): Dispatch => [
  'GUILD_CREATE',
  guildCreate(guildA, {
    roles: mayViewLog,
    channels: [channel(1, { last_message_id: messageId(2) })],
    ...more,
  }),
]
const known = (n: number): Dispatch => [
  'MESSAGE_CREATE',
  {
    ...message(n),
    author: { ...member(n + 6).user },
    member: { roles: [], nick: null, joined_at: '2026-01-01T00:00:00Z' },
  },
]
const settled = (gateway: TestOwner) =>
  eventually(() => gateway.rows(guildA, (rows) => rows.count('jobs') + rows.count('outbox')) === 0)
const paths = (discord: FakeDiscord, part: string) =>
  discord.received.map(({ path }) => path).filter((path) => path.includes(part))
const members = (gateway: TestOwner) =>
  gateway.rows(guildA, (rows) =>
    rows.list('documentMembers', {}, { columns: ['userId', 'fresh'], orderBy: 'userId' }),
  )

test('after a lost session the audit log is read from the last entry that was known, and given to features apart from events', async () => {
  const heard: string[] = []
  const judge: Feature = {
    name: 'judge',
    backfillAudit: ({ id }) => {
      heard.push(`read back ${id}`)
      return []
    },
    events: [{ type: 'GUILD_AUDIT_LOG_ENTRY_CREATE', handle: () => (heard.push('as an event'), {}) }],
  }
  await using world = await startWorld({ features: [judge] })
  const { gateway, guild, discord } = world
  await gateway.deliver(guildA, seen(), ['GUILD_AUDIT_LOG_ENTRY_CREATE', { ...entry(3), guild_id: guildA }])
  guild.entries = 150
  await gateway.deliver(guildA, seen())
  gateway.start()
  await settled(gateway)
  expect(heard[0]).toBe('as an event')
  expect(heard.slice(1)).toEqual(Array.from({ length: 147 }, (_, n) => `read back ${entryId(n + 4)}`))
  expect(paths(discord, 'audit-logs').map((path) => /after=(\d+)/.exec(path)?.[1])).toEqual(
    [3, 103].map((n) => entryId(n)),
  )
  expect(await gateway.counted('audit_entries_backfilled_total')).toBe(147)
})

test('a log that the bot may not view is not asked for, and counted', async () => {
  await using world = await startWorld()
  const { gateway, discord } = world
  const bot = { ...member(1), user: { ...member(1).user, id: botId, bot: true } }
  const blind = { roles: [role(guildA, 0n)], members: [bot] }
  await gateway.deliver(guildA, seen(blind), seen(blind))
  gateway.start()
  await settled(gateway)
  expect(paths(discord, 'audit-logs')).toEqual([])
  expect(await gateway.counted('backfill_refused_total', { what: 'audit-log' })).toBe(1)
})

test('members that are kept are brought up to date after a gap, and who has left is forgotten', async () => {
  await using world = await startWorld()
  const { gateway, guild } = world
  await gateway.deliver(guildA, seen(), known(1), known(2))
  expect(members(gateway)).toHaveLength(3)
  guild.members = [8]
  await gateway.deliver(guildA, seen())
  gateway.start()
  await settled(gateway)
  expect(members(gateway).filter(({ userId: id }) => id !== botId)).toEqual([
    { userId: userId(8), fresh: true },
  ])
  const name = gateway.rows(guildA, (rows) => rows.get('documentMembers', { userId: userId(8) })?.name)
  expect(name).toBe('nick-8')
})

test('after a data loss the guild is read again, and what was said meanwhile', async () => {
  await using world = await startWorld()
  const { gateway, guild, discord } = world
  await gateway.deliver(guildA, seen(), known(1), known(2))
  Object.assign(guild, { name: 'Orchard', channels: [1, 2], lastMessage: 6, entries: 2 })
  await gateway.deliverAfterLoss(guildA, 5, ['MESSAGE_CREATE', message(7)])
  gateway.start()
  await settled(gateway)
  const document = gateway.rows(guildA, (rows) => ({
    name: rows.get('documentGuild', {}, ['name'])?.name,
    channels: rows.list('documentChannels', {}, { columns: ['channelId'], orderBy: 'channelId' }),
    roles: rows.count('documentRoles'),
    messages: rows.list('messageStats', {}, { columns: ['messageId'], orderBy: 'messageId' }),
  }))
  expect(document).toEqual({
    name: 'Orchard',
    channels: [1, 2].map((n) => ({ channelId: channelId(n) })),
    roles: 2,
    messages: [1, 2, 3, 4, 5, 6, 7].map((n) => ({ messageId: messageId(n) })),
  })
  expect(paths(discord, 'audit-logs')).toHaveLength(1)
  expect(await gateway.counted('guilds_reread_total')).toBe(1)
})

test('without a data loss nothing of the guild is read', async () => {
  await using world = await startWorld()
  const { gateway, discord } = world
  await gateway.deliver(guildA, seen(), known(1), known(2))
  gateway.start()
  await settled(gateway)
  expect(discord.received).toEqual([])
})

test('an answer that an event has overtaken is asked for again: the event is not undone', async () => {
  await using world = await startWorld()
  const { gateway, guild, discord } = world
  await gateway.deliver(guildA, seen())
  let isFirst = true
  guild.onAsked = async ({ path }) => {
    if (!path.endsWith('/channels') || !isFirst) return
    isFirst = false
    // Sent after Discord wrote its answer, applied before the answer arrives.
    await gateway.deliver(guildA, ['CHANNEL_CREATE', { ...channel(9), guild_id: guildA }])
  }
  guild.channels = [1, 9]
  await gateway.deliverAfterLoss(guildA, 2, ['MESSAGE_CREATE', message(3)])
  gateway.start()
  await eventually(() => paths(discord, `${guildA}/channels`).length === 1)
  await eventually(() => {
    gateway.now += 1000
    return gateway.rows(guildA, (rows) => rows.count('jobs') + rows.count('outbox')) === 0
  })
  expect(paths(discord, `${guildA}/channels`)).toHaveLength(2)
  const channels = gateway.rows(guildA, (rows) =>
    rows.list('documentChannels', {}, { columns: ['channelId'] }),
  )
  expect(channels.map(({ channelId: id }) => id)).toContain(channelId(9))
})

test('an owner that knew nothing of the guild gets its document, and reads nothing of the time before', async () => {
  await using world = await startWorld()
  const { gateway, guild, discord } = world
  Object.assign(guild, { channels: [1, 2], lastMessage: 50, entries: 9 })
  await gateway.deliverAfterLoss(guildA, 5, ['MESSAGE_CREATE', message(51)])
  gateway.start()
  await settled(gateway)
  const stored = gateway.rows(guildA, (rows) => ({
    name: rows.get('documentGuild', {}, ['name'])?.name,
    channels: rows.count('documentChannels'),
    messages: rows.list('messageStats', {}, { columns: ['messageId'] }),
  }))
  expect(stored).toEqual({ name: 'Garden', channels: 2, messages: [{ messageId: messageId(51) }] })
  expect([...paths(discord, '/messages'), ...paths(discord, 'audit-logs')]).toEqual([])
})

test('an owner that ends in the middle of reading the guild goes on where it was', async () => {
  await using world = await startWorld()
  const { gateway, guild } = world
  await gateway.deliver(guildA, seen(), known(1), known(2))
  Object.assign(guild, { name: 'Orchard', channels: [1, 2], lastMessage: 6, entries: 2 })
  const reached = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  guild.onAsked = async ({ path }) => {
    if (!path.endsWith('/threads/active')) return
    reached.resolve()
    await held.promise
  }
  await gateway.deliverAfterLoss(guildA, 5, ['MESSAGE_CREATE', message(7)])
  gateway.start()
  await reached.promise
  const restarted = gateway.restart()
  held.resolve()
  await restarted
  guild.onAsked = () => {}
  gateway.now += 60_000
  gateway.start()
  await settled(gateway)
  expect(gateway.rows(guildA, (rows) => rows.count('messageStats'))).toBe(7)
  expect(await gateway.counted('audit_entries_backfilled_total')).toBe(2)
  expect(members(gateway).filter(({ fresh }) => !fresh)).toEqual([])
})

test('two data losses, the second before the first was read: both are read back', async () => {
  await using world = await startWorld()
  const { gateway, guild } = world
  await gateway.deliver(guildA, seen(), known(1), known(2))
  Object.assign(guild, { lastMessage: 12 })
  await gateway.deliverAfterLoss(guildA, 5, ['MESSAGE_CREATE', message(7)])
  await gateway.deliverAfterLoss(guildA, 3, ['MESSAGE_CREATE', message(12)])
  gateway.start()
  await eventually(() => {
    gateway.now += 1000
    return gateway.rows(guildA, (rows) => rows.count('jobs') + rows.count('outbox')) === 0
  })
  const stored = gateway.rows(guildA, (rows) =>
    rows.list('messageStats', {}, { columns: ['messageId'], orderBy: 'messageId' }),
  )
  expect(stored.map(({ messageId: id }) => id)).toEqual(ids(12).map((n) => messageId(n)))
  expect(members(gateway).filter(({ fresh }) => !fresh)).toEqual([])
})

test('a guild that Discord does not show is given up and counted', async () => {
  await using world = await startWorld()
  const { gateway, discord } = world
  await gateway.deliver(guildA, seen(), known(1))
  discord.answer = () => ({ status: 403, body: { code: 50001, message: 'Missing Access' } })
  await gateway.deliverAfterLoss(guildA, 5, ['MESSAGE_CREATE', message(7)])
  gateway.start()
  await settled(gateway)
  expect(discord.received).toHaveLength(1)
  expect(await gateway.counted('backfill_refused_total', { what: 'guild' })).toBe(1)
})

test('a reaction counts once, whether its message is read back before or after the lane brings it', async () => {
  await using world = await startWorld()
  const { gateway, guild, discord } = world
  await gateway.deliver(guildA, seen(), known(1), known(2))
  const { answer } = discord
  discord.answer = async (request) =>
    request.path.includes('/messages?') ? ok([message(8, { reactions: [{ count: 1 }] })]) : answer(request)
  guild.lastMessage = 8
  await gateway.deliverAfterLoss(guildA, 5, ['MESSAGE_CREATE', message(7)])
  gateway.start()
  await settled(gateway)
  // Discord sent these before it answered; they were still on their way.
  const reaction = { message_id: messageId(8), channel_id: channelId(1), guild_id: guildA }
  await gateway.deliver(guildA, ['MESSAGE_CREATE', message(8)], ['MESSAGE_REACTION_ADD', reaction])
  const reactions = gateway.rows(
    guildA,
    (rows) => rows.get('messageStats', { messageId: messageId(8) })?.reactions,
  )
  expect(reactions).toBe(1)
})
