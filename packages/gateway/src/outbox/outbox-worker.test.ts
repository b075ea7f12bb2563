import { put, update } from '@guildmesh/guild-store'
import { expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { FakeDiscord, type Received } from '../../test/owner-side/fake-discord.ts'
import { channelId, message } from '@guildmesh/bot/testing'
import { type Dispatch, guildA, guildB, TestOwner } from '../../test/owner-side/test-owner.ts'
import { type Feature, on } from '@guildmesh/bot'

/** Answers each message with one of its own, and notes in a channel row what came of it. */
const echo: Feature = {
  name: 'echo',
  events: [
    on('MESSAGE_CREATE', ({ content, channel_id: channel }) => ({
      calls: [
        {
          method: 'POST',
          route: `/channels/${channel}/messages`,
          body: { content },
          ...(content === 'once'
            ? { repeat: 'read-back', readBack: { route: `/channels/${channel}`, step: 'unset' } }
            : { repeat: 'nonce' }),
          ...(content === 'unwatched' ? {} : { onResult: { step: 'sent', context: { content } } }),
        },
      ],
    })),
  ],
  results: [
    {
      step: 'sent',
      handle(result, { context }) {
        const name = JSON.stringify({ context, ok: result.ok, status: result.ok ? 200 : result.status })
        return {
          rows: [put('documentChannels', { channelId: name, name, type: 0, position: 0, payload: {} })],
        }
      },
    },
  ],
}

const notes = (gateway: TestOwner, guildId = guildA) =>
  gateway.rows(guildId, (rows) => rows.list('documentChannels').map((row) => JSON.parse(row.name)))
const outbox = (gateway: TestOwner, guildId = guildA) => gateway.rows(guildId, (rows) => rows.list('outbox'))
const say = (gateway: TestOwner, content: string, guildId = guildA) =>
  gateway.deliver(guildId, [
    'MESSAGE_CREATE',
    message(1, { content, channel_id: channelId(guildId === guildA ? 1 : 2) }),
  ])

async function started(discord: FakeDiscord) {
  const gateway = new TestOwner({ features: [echo], baseUrl: discord.baseUrl })
  gateway.start()
  return gateway
}

test('a call is made once, with a nonce, and its result is handled', async () => {
  await using discord = await FakeDiscord.listen()
  await using gateway = await started(discord)
  await say(gateway, 'hi')
  await eventually(() => notes(gateway).length > 0)
  expect(notes(gateway)).toEqual([{ context: { content: 'hi' }, ok: true, status: 200 }])
  expect(discord.received).toEqual([
    {
      method: 'POST',
      path: `/channels/${channelId(1)}/messages`,
      body: { content: 'hi', nonce: expect.stringMatching(/^[\w-]{22}$/), enforce_nonce: true },
    },
  ])
  expect(outbox(gateway)).toEqual([])
})

test('calls of a guild are made in their order, each with a nonce of its own', async () => {
  await using discord = await FakeDiscord.listen()
  await using gateway = await started(discord)
  for (const content of ['1', '2', '3', '4']) await say(gateway, content)
  await eventually(() => notes(gateway).length === 4)
  expect(discord.received.map((request) => request.body['content'])).toEqual(['1', '2', '3', '4'])
  expect(new Set(discord.received.map((request) => request.body['nonce']))).toHaveLength(4)
})

test('after a 500 it is repeated with the same nonce, when it is due', async () => {
  await using discord = await FakeDiscord.listen()
  discord.answer = () => (discord.received.length < 3 ? { status: 500 } : { status: 200 })
  await using gateway = await started(discord)
  await say(gateway, 'hi')
  await eventually(() => outbox(gateway)[0]?.state === 'pending' && outbox(gateway)[0]?.attempts === 1)
  expect(notes(gateway)).toEqual([])
  await eventually(() => {
    gateway.now += 250
    return notes(gateway).length > 0
  })
  expect(discord.received).toHaveLength(3)
  expect(new Set(discord.received.map((request) => request.body['nonce']))).toHaveLength(1)
})

test('a call that a limit holds back for long holds back its own resource alone', async () => {
  await using discord = await FakeDiscord.listen()
  // A limit of one channel, such as that of renames: https://github.com/discord/discord-api-docs/issues/1900
  discord.answer = ({ path }) =>
    path.includes(channelId(1))
      ? { status: 429, headers: { 'retry-after': '600', 'x-ratelimit-scope': 'shared' } }
      : { status: 200 }
  await using gateway = await started(discord)
  await say(gateway, 'held back')
  await eventually(() => outbox(gateway)[0]?.state === 'pending' && outbox(gateway)[0]?.attempts === 1)
  await say(gateway, 'behind it')
  for (const [index, content] of ['elsewhere', 'and again'].entries()) {
    const other = message(index + 2, { content, channel_id: channelId(9) })
    await gateway.deliver(guildA, ['MESSAGE_CREATE', other])
    await eventually(() => notes(gateway).length === index + 1)
  }
  expect(discord.received.map((request) => request.body['content'])).toEqual([
    'held back',
    'elsewhere',
    'and again',
  ])
  expect(outbox(gateway).map(({ body }) => body?.['content'])).toEqual(['held back', 'behind it'])
})

test('a refusal is not repeated, and the waiting step learns of it', async () => {
  await using discord = await FakeDiscord.listen()
  discord.answer = () => ({ status: 403, body: { code: 50013, message: 'Missing Permissions' } })
  await using gateway = await started(discord)
  await say(gateway, 'hi')
  await eventually(() => notes(gateway).length > 0)
  expect(notes(gateway)).toEqual([{ context: { content: 'hi' }, ok: false, status: 403 }])
  expect(discord.received).toHaveLength(1)
})

test('a refused call that nobody waits for is a dead letter, and the next ones go on', async () => {
  await using discord = await FakeDiscord.listen()
  discord.answer = ({ body }) => ({ status: body['content'] === 'unwatched' ? 400 : 200 })
  await using gateway = await started(discord)
  await say(gateway, 'unwatched')
  await say(gateway, 'hi')
  await eventually(() => notes(gateway).length > 0)
  expect(outbox(gateway)).toEqual([
    expect.objectContaining({ state: 'dead', body: { content: 'unwatched' } }),
  ])
  expect(gateway.store.index.outboxFigures()).toMatchObject({ waiting: 0, dead: 1 })
})

test('a guild whose calls are slow does not delay another', async () => {
  await using discord = await FakeDiscord.listen()
  const held = Promise.withResolvers<void>()
  discord.answer = async ({ path }: Received) => {
    if (path.includes(channelId(1))) await held.promise
    return { status: 200 }
  }
  await using gateway = await started(discord)
  await say(gateway, 'slow', guildA)
  await say(gateway, 'quick', guildB)
  await eventually(() => notes(gateway, guildB).length > 0)
  expect(notes(gateway, guildA)).toEqual([])
  held.resolve()
  await eventually(() => notes(gateway, guildA).length > 0)
})

test('while Discord answers nothing for one guild, events of it and of all others are committed; its calls wait in order', async () => {
  await using discord = await FakeDiscord.listen()
  const held = Promise.withResolvers<void>()
  discord.answer = async ({ path }: Received) => {
    if (path.includes(channelId(1))) await held.promise
    return { status: 200 }
  }
  await using gateway = await started(discord)
  await say(gateway, '0', guildA)
  await eventually(() => discord.received.length === 1)
  const asking = Array.from({ length: 20 }, (_, index) => String(index + 1))
  for (const content of asking) {
    for (const guildId of [guildA, guildB]) {
      const silent = Array.from({ length: 9 }, (): Dispatch => ['TYPING_START', { guild_id: guildId }])
      const { outcome } = await gateway.deliver(guildId, ...silent)
      expect([outcome, (await say(gateway, content, guildId)).outcome]).toEqual(['accepted', 'accepted'])
    }
  }
  await eventually(() => notes(gateway, guildB).length === asking.length)
  expect(notes(gateway, guildA)).toEqual([])
  const asked = () =>
    discord.received.filter(({ path }) => path.includes(channelId(1))).map(({ body }) => body['content'])
  expect(asked()).toEqual(['0'])
  held.resolve()
  await eventually(() => outbox(gateway, guildA).length === 0)
  expect(asked()).toEqual(['0', ...asking])
})

test('a call left in flight by a crash is repeated under the nonce it had', async () => {
  await using discord = await FakeDiscord.listen()
  await using gateway = new TestOwner({ features: [echo], baseUrl: discord.baseUrl })
  await say(gateway, 'hi')
  gateway.store.transact([
    {
      guildId: guildA,
      epoch: 1,
      run: (writer) =>
        writer.apply([update('outbox', {}, { state: 'in_flight', attempts: 1, sentAt: gateway.now })]),
    },
  ])
  await gateway.restart()
  gateway.start()
  await eventually(() => notes(gateway).length > 0)
  const [first] = discord.received
  await say(gateway, 'unrelated')
  await eventually(() => notes(gateway).length > 1)
  expect(discord.received).toHaveLength(2)
  expect(first?.body['nonce']).not.toBe(discord.received[1]?.body['nonce'])
})

test('a call of which nothing can tell whether it was done is not made again: its step learns that, and it ends', async () => {
  await using discord = await FakeDiscord.listen()
  await using gateway = new TestOwner({ features: [echo], baseUrl: discord.baseUrl })
  await say(gateway, 'once')
  gateway.store.transact([
    {
      guildId: guildA,
      epoch: 1,
      run: (writer) =>
        writer.apply([update('outbox', {}, { state: 'in_flight', attempts: 1, sentAt: gateway.now })]),
    },
  ])
  await gateway.restart()
  gateway.now += 60_000
  gateway.start()
  await eventually(() => notes(gateway).length > 0)
  expect(notes(gateway)).toEqual([{ context: { content: 'once' }, ok: false, status: null }])
  expect(discord.received).toEqual([])
})

test('I9: without a lease no call is made', async () => {
  await using discord = await FakeDiscord.listen()
  await using gateway = await started(discord)
  await say(gateway, 'first')
  await eventually(() => notes(gateway).length === 1)
  await gateway.restart()
  await say(gateway, 'hi')
  gateway.serving = false
  gateway.start()
  await eventually(() => outbox(gateway)[0]?.state === 'pending')
  expect(discord.received).toHaveLength(1)
  gateway.serving = true
  await eventually(() => notes(gateway).length === 2)
})

test('an event that is delivered again causes no second call', async () => {
  await using discord = await FakeDiscord.listen()
  await using gateway = await started(discord)
  await say(gateway, 'hi')
  await gateway.deliverAt(guildA, 0, ['MESSAGE_CREATE', message(1, { content: 'hi' })])
  await say(gateway, 'next')
  await eventually(() => notes(gateway).length === 2)
  expect(discord.received).toHaveLength(2)
})
