import { PermissionFlagsBits } from 'discord-api-types/v10'
import { expect, test } from 'vitest'
import type { DiscordSim } from '../src/index.ts'
import { RawGateway } from './raw-gateway.ts'
import { firstGuild, restCaller, startFast } from './sim-fixture.ts'

// Source of this file, where no other is named: Discord, Receiving and Responding
// https://docs.discord.com/developers/interactions/receiving-and-responding

const bits = PermissionFlagsBits
/** ATTACH_FILES, EMBED_LINKS, MENTION_EVERYONE and USE_EXTERNAL_EMOJIS. */
const answerPermissions = '442368'

interface Payload {
  app_permissions: string
  guild_id?: string
  channel: Record<string, unknown> & { permissions: string }
  member: { permissions: string }
  data: {
    resolved: {
      channels: Record<string, Record<string, unknown> & { permissions: string; app_permissions?: string }>
      members: Record<string, Record<string, unknown> & { permissions: string }>
    }
  }
}

async function setUp() {
  const sim = await startFast({ guilds: 1, shards: 1 })
  const gateway = await RawGateway.connect(sim.urls.gateway)
  await gateway.ready((await sim.control.app()).token)
  await gateway.dispatch('GUILD_CREATE')
  await restCaller(sim)('PUT', `/applications/${sim.world.app.id}/commands`, [
    {
      name: 'look',
      description: 'at something',
      integration_types: [0, 1],
      contexts: [0, 1, 2],
      options: [
        { type: 7, name: 'channel', description: 'a channel' },
        { type: 6, name: 'person', description: 'a person' },
      ],
    },
  ])
  return {
    ...(await firstGuild(sim)),
    sim,
    /** Uses the command and answers the interaction that the bot got. */
    look: async (place: { userId: string; channelId: string; options?: Record<string, string> }) => {
      const seen = gateway.dispatches('INTERACTION_CREATE').length
      void sim.control.runCommand({ command: 'look', ...place })
      await gateway.until(() => gateway.dispatches('INTERACTION_CREATE').length > seen)
      return gateway.dispatches('INTERACTION_CREATE')[seen]?.d as unknown as Payload
    },
    async [Symbol.asyncDispose]() {
      gateway[Symbol.dispose]()
      await sim.stop()
    },
  }
}

const has = (permissions: string | undefined, bit: bigint) => (BigInt(permissions ?? '0') & bit) !== 0n

test('permissions of member and channel are those of the person in that channel', async () => {
  await using place = await setUp()
  const { guildId, channelId, memberId, sim } = place
  await sim.control.updateChannel({
    channelId,
    overwrites: [
      { id: guildId, type: 0, allow: bits.PinMessages.toString(), deny: bits.AddReactions.toString() },
    ],
  })
  const { channel, member } = await place.look({ userId: memberId, channelId })
  expect(channel.permissions).toBe(member.permissions)
  expect(has(member.permissions, bits.PinMessages)).toBe(true)
  expect(has(member.permissions, bits.AddReactions)).toBe(false)
})

test('channels are partial: without overwrites, and chosen ones with what the bot may there', async () => {
  // Of chosen channels: the change log of 2026-07-16, "Resolved Channel app_permissions in Interactions"
  await using place = await setUp()
  const { sim, guildId, channelId, memberId } = place
  const rules = [...place.guild.channels.values()].find((channel) => channel.name === 'rules')?.id ?? ''
  const {
    data,
    channel,
    app_permissions: appPermissions,
  } = await place.look({
    userId: memberId,
    channelId,
    options: { channel: rules },
  })
  const shown = [
    'flags',
    'guild_id',
    'id',
    'last_message_id',
    'last_pin_timestamp',
    'name',
    'nsfw',
    'parent_id',
    'permissions',
    'position',
    'rate_limit_per_user',
    'topic',
    'type',
  ]
  expect(Object.keys(channel).toSorted()).toEqual(shown)
  const chosen = data.resolved.channels[rules]
  expect(Object.keys(chosen ?? {}).toSorted()).toEqual(['app_permissions', ...shown])
  // #rules denies everybody to write; the bot's own role does not outweigh an overwrite.
  expect(has(chosen?.permissions, bits.SendMessages)).toBe(false)
  expect(has(chosen?.app_permissions, bits.SendMessages)).toBe(false)
  expect(has(chosen?.app_permissions, bits.ManageRoles)).toBe(true)
  expect(has(appPermissions, bits.SendMessages)).toBe(true)
  expect(guildId).toBe(chosen?.guild_id)
  expect(sim.world.channel(rules).overwrites).toHaveLength(1)
})

test('permissions leave implicit denials aside: a hidden channel takes the view alone', async () => {
  // https://docs.discord.com/developers/resources/channel#channel-object, `permissions`
  await using place = await setUp()
  const { channelId, memberId } = place
  const secret = [...place.guild.channels.values()].find((channel) => channel.name === 'council')?.id ?? ''
  const { data } = await place.look({ userId: memberId, channelId, options: { channel: secret } })
  const chosen = data.resolved.channels[secret]
  expect(chosen).toMatchObject({ name: 'council', flags: 0 })
  for (const sum of [chosen?.permissions, chosen?.app_permissions]) {
    expect(has(sum, bits.ViewChannel)).toBe(false)
    expect(has(sum, bits.SendMessages)).toBe(true)
  }
})

test('a chosen member comes without user, deaf and mute, and with the permissions in this channel', async () => {
  await using place = await setUp()
  const { sim, guildId, channelId, memberId, ownerId } = place
  await sim.control.updateChannel({
    channelId,
    overwrites: [{ id: guildId, type: 0, allow: '0', deny: bits.AddReactions.toString() }],
  })
  const { data } = await place.look({ userId: ownerId, channelId, options: { person: memberId } })
  const member = data.resolved.members[memberId]
  for (const left of ['user', 'deaf', 'mute']) expect(member).not.toHaveProperty(left)
  expect(has(member?.permissions, bits.AddReactions)).toBe(false)
})

test('app_permissions in a direct message, and in a guild without the bot, are those that answers use', async () => {
  // The latter: change log of 2022-06-29, "Calculated Permissions in Interaction Payloads"
  await using place = await setUp()
  const { sim, memberId } = place
  const direct = await sim.control.openDirectMessage({ userId: memberId })
  const inDirect = await place.look({ userId: memberId, channelId: direct.id })
  expect(inDirect.app_permissions).toBe(answerPermissions)
  expect(inDirect).not.toHaveProperty('guild_id')

  await sim.control.installForUser({ userId: memberId })
  const foreign = await sim.control.createGuild({ name: 'Elsewhere', memberIds: [memberId], withBot: false })
  const channelId = foreign.channels[0]?.id ?? ''
  expect((await place.look({ userId: memberId, channelId })).app_permissions).toBe(answerPermissions)
  await denyEverybody(sim, channelId, foreign.id, bits.EmbedLinks)
  const limited = await place.look({ userId: memberId, channelId })
  expect(limited.app_permissions).toBe((BigInt(answerPermissions) & ~bits.EmbedLinks).toString())
})

async function denyEverybody(sim: DiscordSim, channelId: string, guildId: string, deny: bigint) {
  await sim.control.updateChannel({
    channelId,
    overwrites: [{ id: guildId, type: 0, allow: '0', deny: deny.toString() }],
  })
}
