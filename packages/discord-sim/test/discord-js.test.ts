import { AuditLogEvent, ChannelType, Client, Events, GatewayIntentBits, MessageFlags } from 'discord.js'
import { afterEach, expect, test } from 'vitest'
import type { DiscordSim } from '../src/index.ts'
import { firstGuild, startFast } from './sim-fixture.ts'

const running: { destroy(): unknown }[] = []

afterEach(async () => {
  for (const client of running.splice(0)) await client.destroy()
})

/** A stock client; only the address of the API is changed. */
function clientFor(sim: DiscordSim): Client {
  const client = new Client({
    intents: [
      GatewayIntentBits.Guilds,
      GatewayIntentBits.GuildMembers,
      GatewayIntentBits.GuildMessages,
      GatewayIntentBits.GuildMessageReactions,
      GatewayIntentBits.GuildModeration,
      GatewayIntentBits.MessageContent,
    ],
    shards: 'auto',
    rest: { api: sim.urls.api },
  })
  running.push(client)
  return client
}

async function login(sim: DiscordSim, client: Client): Promise<void> {
  const { token } = await sim.control.app()
  const ready = new Promise((resolve) => client.once(Events.ClientReady, resolve))
  await client.login(token)
  await ready
}

test('a stock discord.js client becomes ready on all shards and sees every seeded guild', async () => {
  await using sim = await startFast({ guilds: 7, strict: true })
  const client = clientFor(sim)
  await login(sim, client)
  const guilds = await sim.control.guilds()
  expect([...client.guilds.cache.keys()].toSorted()).toEqual(guilds.map((guild) => guild.id).toSorted())
  expect(client.ws.shards.size).toBe(3)
})

test('messages, edits, reactions and deletions of people arrive, and a reply of the bot is kept', async () => {
  await using sim = await startFast({ strict: true })
  const client = clientFor(sim)
  await login(sim, client)
  const [guild] = await sim.control.guilds()
  const channelId = client.guilds.cache.get(guild?.id ?? '')?.systemChannelId ?? ''
  const userId = guild?.ownerId ?? ''

  const heard = new Promise<string>((resolve) => {
    client.once(Events.MessageCreate, (message) => {
      void message.reply(`heard: ${message.content}`).then((reply) => resolve(reply.id))
    })
  })
  const sent = await sim.control.sendMessage({ channelId, userId, content: 'good morning' })
  const reply = await sim.control.waitForMessage({ channelId, contains: 'heard: good morning' })
  expect(await heard).toBe(reply.id)
  expect(reply.referenced_message?.id).toBe(sent.id)

  const edited = new Promise((resolve) =>
    client.once(Events.MessageUpdate, (_, after) => resolve(after.content)),
  )
  await sim.control.editMessage({ channelId, userId, messageId: sent.id, content: 'good evening' })
  expect(await edited).toBe('good evening')

  const reacted = new Promise((resolve) =>
    client.once(Events.MessageReactionAdd, (reaction) => resolve(reaction.emoji.name)),
  )
  await sim.control.addReaction({ channelId, userId, messageId: sent.id, emoji: '👍' })
  expect(await reacted).toBe('👍')

  const deleted = new Promise((resolve) =>
    client.once(Events.MessageDelete, (message) => resolve(message.id)),
  )
  await sim.control.deleteMessage({ channelId, userId, messageId: sent.id })
  expect(await deleted).toBe(sent.id)
})

test('a command goes round: registered, run by a person, deferred, edited, seen', async () => {
  await using sim = await startFast({ strict: true })
  const client = clientFor(sim)
  await login(sim, client)
  await client.application?.commands.set([{ name: 'ping', description: 'Answers' }])
  client.on(Events.InteractionCreate, (interaction) => {
    if (!interaction.isChatInputCommand()) return
    void interaction.deferReply({ flags: MessageFlags.Ephemeral }).then(() => interaction.editReply('pong'))
  })
  const guild = client.guilds.cache.first()
  const view = await sim.control.runCommand({
    userId: guild?.ownerId ?? '',
    channelId: guild?.systemChannelId ?? '',
    command: 'ping',
  })
  expect(view).toMatchObject({ status: 'message', ephemeral: true, message: { content: 'pong' } })
})

test('after op 7 the client resumes and misses nothing', async () => {
  await using sim = await startFast({ shards: 1 })
  const client = clientFor(sim)
  await login(sim, client)
  const guild = client.guilds.cache.first()
  const channelId = guild?.systemChannelId ?? ''
  const userId = guild?.ownerId ?? ''
  const seen: string[] = []
  client.on(Events.MessageCreate, (message) => seen.push(message.content))

  const resumed = new Promise((resolve) => client.once(Events.ShardResume, resolve))
  await sim.control.askToReconnect({})
  for (let index = 0; index < 20; index++)
    await sim.control.sendMessage({ channelId, userId, content: `m${index}` })
  await resumed
  await sim.control.sendMessage({ channelId, userId, content: 'last' })
  await expect.poll(() => seen.at(-1)).toBe('last')
  expect(seen).toEqual([...Array.from({ length: 20 }, (_, index) => `m${index}`), 'last'])
  const report = await sim.control.report({})
  expect(report.gateway).toMatchObject({ identifies: 1, resumes: 1 })
})

test('the stock client manages a guild: members, roles, channels, threads, timeouts, bans, audit log', async () => {
  await using sim = await startFast({ guilds: 1, strict: true })
  const client = clientFor(sim)
  await login(sim, client)
  const { guildId, channelId, memberId } = await firstGuild(sim)
  const guild = await client.guilds.fetch(guildId)
  expect((await guild.members.fetch()).size).toBe(sim.world.guild(guildId).members.size)

  const role = await guild.roles.create({ name: 'Restricted', reason: 'setup' })
  const category = await guild.channels.create({ name: 'logs', type: ChannelType.GuildCategory })
  const log = await guild.channels.create({
    name: 'mod-log',
    parent: category.id,
    permissionOverwrites: [{ id: guild.roles.everyone.id, deny: ['ViewChannel'] }],
  })
  expect(log.permissionsFor(role)?.has('ViewChannel')).toBe(false)
  const channel = await client.channels.fetch(channelId)
  if (channel?.type !== ChannelType.GuildText) throw new Error('the first channel is a text channel')
  const thread = await channel.threads.create({ name: 'someone logs', type: ChannelType.PrivateThread })
  await thread.send('first line')

  const member = await guild.members.fetch(memberId)
  await member.roles.add(role, 'restricted')
  await member.timeout(60_000, 'calm down')
  expect(member.isCommunicationDisabled()).toBe(true)
  await member.ban({ deleteMessageSeconds: 60, reason: 'spam' })
  expect((await guild.bans.fetch(memberId)).reason).toBe('spam')
  const audit = await guild.fetchAuditLogs({ type: AuditLogEvent.MemberBanAdd })
  expect(audit.entries.first()).toMatchObject({
    reason: 'spam',
    targetId: memberId,
    executorId: client.user?.id,
  })
})
