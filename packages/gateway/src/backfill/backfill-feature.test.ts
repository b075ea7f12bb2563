import { expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { type Answer, FakeDiscord, type Received } from '../../test/owner-side/fake-discord.ts'
import { channel, channelId, guildCreate, member, message, messageId } from '@guildmesh/bot/testing'
import { guildA, TestOwner } from '../../test/owner-side/test-owner.ts'

const pageOf = (path: string) => {
  const url = new URL(path, 'http://discord.invalid')
  return { channelId: url.pathname.split('/')[2], after: url.searchParams.get('after') ?? '' }
}

/**
 * A channel with messages 1 to `last`, a page at a time: the oldest after `after`, newest first, as Discord has it; and
 * a guild with members 7 and the bot.
 */
function channelWith(last: number) {
  return ({ path }: Received): Answer => {
    if (/^\/guilds\/\d+\/members\?/.test(path)) return { status: 200, body: [member(7)] }
    const { after } = pageOf(path)
    const all = Array.from({ length: last }, (_, index) => message(index + 1, { reactions: [{ count: 2 }] }))
    const page = all.filter(({ id }) => BigInt(id) > BigInt(after)).slice(0, 100)
    return { status: 200, body: page.toReversed() }
  }
}

/** What was asked of channels' messages. */
const asked = (discord: FakeDiscord) =>
  discord.received.map(({ path }) => path).filter((path) => path.startsWith('/channels/'))

const seen = (last: number, more: Record<string, unknown> = {}) =>
  guildCreate(guildA, { channels: [channel(1, { last_message_id: messageId(last) })], ...more })

/** A guild in which two messages are known, before the gap. */
async function knownGuild(discord: FakeDiscord) {
  const gateway = new TestOwner({ baseUrl: discord.baseUrl })
  await gateway.deliver(
    guildA,
    ['GUILD_CREATE', seen(0)],
    ['MESSAGE_CREATE', message(1)],
    ['MESSAGE_CREATE', message(2)],
  )
  return gateway
}

const ids = (gateway: TestOwner) =>
  gateway.rows(guildA, (rows) =>
    rows.list('messageStats', {}, { columns: ['messageId', 'reactions'], orderBy: 'messageId' }),
  )
const outstanding = (gateway: TestOwner) =>
  gateway.rows(guildA, (rows) => rows.count('jobs') + rows.count('outbox'))
const jobs = (gateway: TestOwner) =>
  gateway.rows(guildA, (rows) => rows.list('jobs', {}, { columns: ['name'] }).map(({ name }) => name))
const done = (gateway: TestOwner) => eventually(() => outstanding(gateway) === 0)

test('what was said in a gap is read page by page, up to where the new session begins, once each', async () => {
  await using discord = await FakeDiscord.listen()
  // Two more than the snapshot shows: those come as events.
  discord.answer = channelWith(252)
  await using gateway = await knownGuild(discord)
  gateway.start()
  await gateway.deliver(guildA, ['GUILD_CREATE', seen(250)])
  await done(gateway)
  const rows = ids(gateway)
  expect(rows.map((row) => row.messageId)).toEqual(Array.from({ length: 250 }, (_, n) => messageId(n + 1)))
  expect(rows.map(({ reactions }) => reactions)).toEqual([0, 0, ...Array.from({ length: 248 }, () => 2)])
  expect(asked(discord).map(pageOf)).toEqual(
    [2, 102, 202].map((after) => ({ channelId: channelId(1), after: messageId(after) })),
  )
  expect(await gateway.counted('messages_backfilled_total')).toBe(248)
})

test('an owner that ends in the middle of it goes on where it was', async () => {
  await using discord = await FakeDiscord.listen()
  const reached = Promise.withResolvers<void>()
  const pages = channelWith(250)
  discord.answer = async (request) => {
    if (pageOf(request.path).after !== messageId(102)) return pages(request)
    reached.resolve()
    await new Promise((resolve) => setImmediate(resolve))
    return { status: 500 }
  }
  await using gateway = await knownGuild(discord)
  gateway.start()
  await gateway.deliver(guildA, ['GUILD_CREATE', seen(250)])
  await reached.promise
  await gateway.restart()
  discord.answer = pages
  gateway.now += 60_000
  gateway.start()
  await done(gateway)
  expect(ids(gateway)).toHaveLength(250)
})

test('a second gap before the first was read back replaces nothing of it', async () => {
  await using discord = await FakeDiscord.listen()
  discord.answer = channelWith(130)
  await using gateway = await knownGuild(discord)
  await gateway.deliver(guildA, ['GUILD_CREATE', seen(120)], ['GUILD_CREATE', seen(130)])
  gateway.start()
  await done(gateway)
  expect(ids(gateway)).toHaveLength(130)
})

test('a channel that the bot may not read is given up and counted', async () => {
  await using discord = await FakeDiscord.listen()
  discord.answer = () => ({ status: 403, body: { code: 50001, message: 'Missing Access' } })
  await using gateway = await knownGuild(discord)
  gateway.start()
  await gateway.deliver(guildA, ['GUILD_CREATE', seen(10)])
  await done(gateway)
  expect(await gateway.counted('backfill_unreadable_total')).toBe(1)
  expect(ids(gateway)).toHaveLength(2)
})

test('no channel is read of a guild that did not move on, and nothing of one that is new or that the bot had left', async () => {
  await using discord = await FakeDiscord.listen()
  await using gateway = await knownGuild(discord)
  expect(outstanding(gateway)).toBe(0)
  await gateway.deliver(guildA, ['GUILD_CREATE', seen(2)])
  expect(jobs(gateway).filter((name) => name === 'page')).toEqual([])
  const before = jobs(gateway)
  await gateway.deliver(guildA, ['GUILD_DELETE', { id: guildA }], ['GUILD_CREATE', seen(50)])
  expect(jobs(gateway)).toEqual(before)
})

test('a rule that punishes what is said sees nothing of what was read back', async () => {
  await using discord = await FakeDiscord.listen()
  discord.answer = channelWith(20)
  const heard: string[] = []
  await using gateway = new TestOwner({
    baseUrl: discord.baseUrl,
    features: [
      {
        name: 'judge',
        events: [{ type: 'MESSAGE_CREATE', handle: (data) => (heard.push(JSON.stringify(data)), {}) }],
      },
    ],
  })
  gateway.start()
  await gateway.deliver(guildA, ['GUILD_CREATE', seen(0)], ['MESSAGE_CREATE', message(1)])
  await gateway.deliver(guildA, ['GUILD_CREATE', seen(20)])
  await done(gateway)
  expect(await gateway.counted('messages_backfilled_total')).toBe(19)
  expect(heard).toHaveLength(1)
})
