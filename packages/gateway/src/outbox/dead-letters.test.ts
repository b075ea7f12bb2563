import { put } from '@guildmesh/guild-store'
import { expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { FakeDiscord } from '../../test/owner-side/fake-discord.ts'
import { botId, channelId, message, messageId } from '@guildmesh/bot/testing'
import { guildA, TestOwner } from '../../test/owner-side/test-owner.ts'
import { type Feature, on } from '@guildmesh/bot'

let stepFails = false
const answering: Feature = {
  name: 'answering',
  events: [
    on('MESSAGE_CREATE', ({ content, author, channel_id: channel }) =>
      author.bot
        ? {}
        : {
            calls: [
              {
                method: 'POST',
                route: `/channels/${channel}/messages`,
                body: { content },
                repeat: 'nonce',
                ...(content === 'watched' ? { onResult: { step: 'sent' } } : {}),
              },
            ],
          },
    ),
  ],
  results: [
    {
      step: 'sent',
      handle(result) {
        if (stepFails) throw new Error('not today')
        const name = result.ok ? JSON.stringify(result.body) : 'failed'
        return {
          rows: [
            put('documentChannels', { channelId: channelId(9), name, type: 0, position: 0, payload: {} }),
          ],
        }
      },
    },
  ],
}
const say = (gateway: TestOwner, content: string) =>
  gateway.deliver(guildA, ['MESSAGE_CREATE', message(1, { content })])
const handled = (gateway: TestOwner) =>
  gateway.rows(guildA, (rows) => rows.get('documentChannels', { channelId: channelId(9) })?.name)
const own = (id: number, nonce: unknown, author: object) => message(id, { content: 'watched', author, nonce })

test('a refused call is listed as not done, and a replay makes it under the nonce it had', async () => {
  await using discord = await FakeDiscord.listen()
  discord.answer = () => ({ status: 403, body: { code: 50013, message: 'Missing Permissions' } })
  await using gateway = new TestOwner({ features: [answering], baseUrl: discord.baseUrl })
  gateway.start()
  await say(gateway, 'hi')
  const [letter] = await eventually(
    () => gateway.owner.deadLetters.list(guildA),
    (letters) => letters.length > 0,
  )
  expect(letter).toMatchObject({ feature: 'answering', discord: 'not-done', error: 'Missing Permissions' })
  discord.answer = () => ({ status: 200, body: { id: messageId(1) } })
  expect(await gateway.owner.deadLetters.replay(guildA, letter?.callSeq ?? -1)).toBe(true)
  await eventually(() => gateway.rows(guildA, (rows) => rows.count('outbox')) === 0)
  expect(new Set(discord.received.map(({ body }) => body['nonce']))).toHaveLength(1)
  expect(discord.received).toHaveLength(2)
  expect(await gateway.owner.deadLetters.replay(guildA, letter?.callSeq ?? -1)).toBe(false)
})

test('if only the step failed, a replay handles the result again and does not make the call again', async () => {
  await using discord = await FakeDiscord.listen()
  discord.answer = () => ({ status: 200, body: { id: messageId(1) } })
  await using gateway = new TestOwner({ features: [answering], baseUrl: discord.baseUrl })
  gateway.start()
  stepFails = true
  await say(gateway, 'watched')
  const [letter] = await eventually(
    () => gateway.owner.deadLetters.list(guildA),
    (letters) => letters.length > 0,
  )
  expect(letter).toMatchObject({ onResult: 'sent', discord: 'done' })
  stepFails = false
  await gateway.owner.deadLetters.replay(guildA, letter?.callSeq ?? -1)
  await eventually(() => handled(gateway) !== undefined)
  expect(handled(gateway)).toBe(JSON.stringify({ id: messageId(1) }))
  expect(discord.received).toHaveLength(1)
})

test("the bot's own message in the lane settles the call whose answer never came", async () => {
  stepFails = false
  await using discord = await FakeDiscord.listen()
  discord.answer = () => ({ status: 502 })
  await using gateway = new TestOwner({ features: [answering], baseUrl: discord.baseUrl })
  gateway.start()
  await say(gateway, 'watched')
  await eventually(() => gateway.rows(guildA, (rows) => rows.list('outbox')[0]?.error) !== null)
  const nonce = discord.received[0]?.body['nonce']
  const author = { id: botId, username: 'bot', bot: true }
  await gateway.deliver(
    guildA,
    ['MESSAGE_CREATE', own(2, 'the nonce of another call', author)],
    ['MESSAGE_CREATE', own(3, nonce, { ...author, id: messageId(4), bot: true })],
  )
  expect(gateway.rows(guildA, (rows) => rows.list('outbox')[0]?.knownResult)).toBeNull()
  await gateway.deliver(guildA, ['MESSAGE_CREATE', own(5, nonce, author)])
  await eventually(() => handled(gateway)?.includes(messageId(5)))
  expect(discord.received).toHaveLength(1)
})
