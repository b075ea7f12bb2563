import { expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { FakeDiscord } from '../../test/owner-side/fake-discord.ts'
import { botId, channelId, message } from '@guildmesh/bot/testing'
import { type Dispatch, guildA, TestOwner } from '../../test/owner-side/test-owner.ts'

const says = (n: number, content: string, change: object = {}): Dispatch => [
  'MESSAGE_CREATE',
  { ...message(n, { content, channel_id: channelId(1) }), ...change },
]
const outbox = (gateway: TestOwner) => gateway.rows(guildA, (rows) => rows.list('outbox'))

test('a person who asks the probe causes a message, and its result a channel', async () => {
  await using discord = await FakeDiscord.listen()
  discord.answer = () => ({ status: 200, body: { id: '1' } })
  await using gateway = new TestOwner({ eventProbe: true, baseUrl: discord.baseUrl })
  gateway.start()
  const asking = message(1, { content: 'probe: this', channel_id: channelId(1) })
  await gateway.deliver(guildA, ['MESSAGE_CREATE', asking], says(2, 'nothing is asked'))
  await eventually(() => discord.received.length === 2 && outbox(gateway).length === 0)
  expect(
    discord.received.map(({ method, path, body }) => [method, path, body['content'] ?? body['name']]),
  ).toEqual([
    ['POST', `/channels/${channelId(1)}/messages`, 'heard: this'],
    ['POST', `/guilds/${guildA}/channels`, `heard-${asking.id}`],
  ])
})

test('no bot is answered, and nobody if the gateway is not probed', async () => {
  await using probed = new TestOwner({ eventProbe: true })
  const byBot = { author: { id: botId, username: 'bot', discriminator: '0000', avatar: null, bot: true } }
  await probed.deliver(guildA, says(1, 'probe: myself', byBot))
  expect(outbox(probed)).toEqual([])
  await using real = new TestOwner()
  await real.deliver(guildA, says(1, 'probe: a real bot'))
  expect(outbox(real)).toEqual([])
})
