import { GatewayIntentBits } from 'discord-api-types/v10'
import { expect, test } from 'vitest'
import { dispatchesDuring } from './dispatches-during.ts'
import { allIntents, RawGateway } from './raw-gateway.ts'
import { firstGuild, restCaller, startFast } from './sim-fixture.ts'

// Source: Discord, Gateway Events, "Messages", its warning
// https://docs.discord.com/developers/events/gateway-events#messages

const { DirectMessages } = GatewayIntentBits

test('an ephemeral answer reaches the bot on shard 0 as a direct message would, and shows no guild', async () => {
  await using sim = await startFast({ guilds: 3, shards: 2 })
  const { token } = await sim.control.app()
  const elsewhere = [...sim.world.guilds.values()].find((guild) => guild.shardKey % 2 === 1)
  const channel = [...(elsewhere?.channels.values() ?? [])].find(({ name }) => name === 'general')
  if (!elsewhere || !channel) throw new Error('no guild on shard 1')
  const connect = async (shardId: number, intents: number) => {
    const gateway = await RawGateway.connect(sim.urls.gateway)
    await gateway.ready(token, { shard: [shardId, 2], intents })
    return gateway
  }
  using first = await connect(0, allIntents)
  using deaf = await connect(0, allIntents & ~DirectMessages)
  using second = await connect(1, allIntents)
  const rest = restCaller(sim)
  await rest('PUT', `/applications/${sim.world.app.id}/commands`, [{ name: 'hush', description: 'x' }])
  void sim.control.runCommand({ userId: elsewhere.ownerId, channelId: channel.id, command: 'hush' })
  await second.dispatch('INTERACTION_CREATE')
  const { id, token: interactionToken } = sim.latestInteraction()
  const original = `/webhooks/${sim.world.app.id}/${interactionToken}/messages/@original`

  const sent = await dispatchesDuring(sim, first, async () => {
    await rest('POST', `/interactions/${id}/${interactionToken}/callback`, {
      type: 4,
      data: { content: 'for you', flags: 64 },
    })
    const { body } = await rest('PATCH', original, { content: 'for you alone' })
    const { id: messageId } = body as { id: string }
    // "Only visible to the user who invoked the Interaction": nobody finds it in the channel.
    // https://docs.discord.com/developers/resources/message#message-object-message-flags
    expect(await rest('GET', `/channels/${channel.id}/messages/${messageId}`)).toMatchObject({
      status: 404,
      body: { code: 10008 },
    })
    await rest('DELETE', original)
  })
  expect(sent.map(({ name }) => name)).toEqual(['MESSAGE_CREATE', 'MESSAGE_UPDATE', 'MESSAGE_DELETE'])
  const [created, updated, deleted] = sent.map(({ d }) => d)
  expect(created).toMatchObject({ channel_id: channel.id, content: 'for you', flags: 64 })
  expect(updated).toMatchObject({ channel_id: channel.id, content: 'for you alone' })
  expect(deleted).toEqual({ id: created?.id, channel_id: channel.id })
  for (const payload of [created, updated]) {
    expect(payload).not.toHaveProperty('guild_id')
    expect(payload).not.toHaveProperty('member')
  }
  expect(deaf.dispatches('MESSAGE_CREATE')).toEqual([])
  expect(second.dispatches('MESSAGE_CREATE')).toEqual([])
})

// Source: Discord, Message Resource, "Message Reference Types", its warning
// https://docs.discord.com/developers/resources/message#message-reference-types

test('a message whose content the application cannot read cannot be forwarded: 160014', async () => {
  await using sim = await startFast({ guilds: 1, privilegedIntents: { messageContent: false } })
  const { channelId, ownerId } = await firstGuild(sim)
  const rest = restCaller(sim)
  const forward = (messageId: string) =>
    rest('POST', `/channels/${channelId}/messages`, {
      message_reference: { type: 1, channel_id: channelId, message_id: messageId },
    })
  const plain = await sim.control.sendMessage({ channelId, userId: ownerId, content: 'a secret' })
  expect(await forward(plain.id)).toMatchObject({ status: 400, body: { code: 160014 } })
  const own = (await rest('POST', `/channels/${channelId}/messages`, { content: 'mine' })).body as {
    id: string
  }
  const forwarded = await forward(own.id)
  expect(forwarded).toMatchObject({
    status: 200,
    body: { message_snapshots: [{ message: { content: 'mine' } }] },
  })
  // A forward of a forward shows what was forwarded first.
  expect(await forward((forwarded.body as { id: string }).id)).toMatchObject({
    status: 200,
    body: { message_snapshots: [{ message: { content: 'mine' } }] },
  })
  const mention = await sim.control.sendMessage({
    channelId,
    userId: ownerId,
    content: `<@${sim.world.app.botId}> you may read this`,
  })
  expect((await forward(mention.id)).status).toBe(200)
})
