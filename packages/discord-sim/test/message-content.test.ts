import { GatewayIntentBits } from 'discord-api-types/v10'
import { expect, test } from 'vitest'
import type { DiscordSim } from '../src/index.ts'
import { dispatchesDuring } from './dispatches-during.ts'
import { allIntents, RawGateway } from './raw-gateway.ts'
import { firstGuild, restCaller, startFast } from './sim-fixture.ts'

// Source: Discord, Gateway, "Message Content Intent"
// https://docs.discord.com/developers/events/gateway#message-content-intent
// and Message Resource, note 2 of "Message Structure"
// https://docs.discord.com/developers/resources/message#message-object

const withoutIntent = allIntents & ~GatewayIntentBits.MessageContent

interface Shown {
  content: string
  flags: number
  referenced_message?: { content: string }
  message_snapshots?: { message: { content: string } }[]
}

async function setUp(sim: DiscordSim) {
  const gateway = await RawGateway.connect(sim.urls.gateway)
  await gateway.ready((await sim.control.app()).token, { intents: withoutIntent })
  await gateway.dispatch('GUILD_CREATE')
  const { channelId, ownerId } = await firstGuild(sim)
  const rest = restCaller(sim)
  return {
    gateway,
    channelId,
    ownerId,
    rest,
    /** What the session is shown of a message that somebody writes. */
    shown: async (content: string, replyTo?: string) => {
      const [created] = await dispatchesDuring(sim, gateway, () =>
        sim.control.sendMessage({
          channelId,
          userId: ownerId,
          content,
          ...(replyTo === undefined ? {} : { replyTo }),
        }),
      )
      return created?.d as unknown as Shown & { id: string }
    },
  }
}

test('without the intent each message hides its content by itself, also inside an answer', async () => {
  await using sim = await startFast({ guilds: 1, shards: 1 })
  const { gateway, shown, rest, channelId } = await setUp(sim)
  using _ = gateway
  const bot = `<@${sim.world.app.botId}>`
  const plain = await shown('a secret')
  expect(plain.content).toBe('')
  const mention = await shown(`${bot} may read this`, plain.id)
  expect(mention.content).toContain('may read this')
  expect(mention.referenced_message?.content).toBe('')
  const own = (await rest('POST', `/channels/${channelId}/messages`, { content: 'mine' })).body as {
    id: string
  }
  const answer = await shown('an answer', own.id)
  expect(answer.referenced_message?.content).toBe('mine')
})

test('an application without the intent reads no content over REST either', async () => {
  await using sim = await startFast({ guilds: 1, privilegedIntents: { messageContent: false } })
  const { channelId, ownerId } = await firstGuild(sim)
  const rest = restCaller(sim)
  const { id } = await sim.control.sendMessage({ channelId, userId: ownerId, content: 'a secret' })
  await rest('PUT', `/channels/${channelId}/messages/pins/${id}`)
  const one = (await rest('GET', `/channels/${channelId}/messages/${id}`)).body as Shown
  const list = (await rest('GET', `/channels/${channelId}/messages?limit=2`)).body as Shown[]
  const pins = (await rest('GET', `/channels/${channelId}/messages/pins`)).body as {
    items: { message: Shown }[]
  }
  expect(one.content).toBe('')
  expect(JSON.stringify([list, pins])).not.toContain('a secret')
  expect(pins.items).toHaveLength(1)
})

test('a forward has the flag of its snapshot', async () => {
  await using sim = await startFast({ guilds: 1 })
  const { channelId, ownerId } = await firstGuild(sim)
  const { id } = await sim.control.sendMessage({ channelId, userId: ownerId, content: 'news' })
  const forward = (
    await restCaller(sim)('POST', `/channels/${channelId}/messages`, {
      message_reference: { type: 1, channel_id: channelId, message_id: id },
    })
  ).body as Shown
  expect(forward.flags & (1 << 14)).not.toBe(0)
  expect(forward.message_snapshots?.[0]?.message.content).toBe('news')
})
