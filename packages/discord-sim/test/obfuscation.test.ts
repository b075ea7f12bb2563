import { PermissionFlagsBits } from 'discord-api-types/v10'
import { expect, test } from 'vitest'
import type { DiscordSim } from '../src/index.ts'
import { dispatchesDuring } from './dispatches-during.ts'
import { RawGateway } from './raw-gateway.ts'
import { firstGuild, restCaller, startFast } from './sim-fixture.ts'

// Source of this file, where no other is named: Discord, Channel Resource, "Obfuscated Channels"
// https://docs.discord.com/developers/resources/channel#channel-object-obfuscated-channels
// and the change log of 2026-08-12, "Channel Obfuscation for Users and Bots"
// https://docs.discord.com/developers/change-log

const obfuscated = 1 << 17
const view = PermissionFlagsBits.ViewChannel.toString()

interface ShownChannel {
  id: string
  name: string
  flags: number
  permission_overwrites: unknown[]
  [field: string]: unknown
}

/** The first seeded guild and one session of all its events. */
async function setUp() {
  const sim = await startFast({ guilds: 1, shards: 1 })
  const { token } = await sim.control.app()
  const gateway = await RawGateway.connect(sim.urls.gateway)
  await gateway.ready(token)
  const snapshot = (await gateway.dispatch('GUILD_CREATE')).d as {
    channels: ShownChannel[]
    threads: { id: string }[]
  }
  const place = await firstGuild(sim)
  const named = (name: string) => {
    const channel = [...place.guild.channels.values()].find((candidate) => candidate.name === name)
    if (!channel) throw new Error(`no channel ${name}`)
    return channel
  }
  return {
    ...place,
    sim,
    token,
    gateway,
    snapshot,
    rest: restCaller(sim),
    secret: named('council'),
    category: named('Council'),
    shown: (id: string) => snapshot.channels.find((channel) => channel.id === id),
    async [Symbol.asyncDispose]() {
      gateway[Symbol.dispose]()
      await sim.stop()
    },
  }
}

const allowBot = (sim: DiscordSim, guildId: string) => [
  { id: guildId, type: 0 as const, allow: '0', deny: view },
  { id: sim.world.app.botId, type: 1 as const, allow: view, deny: '0' },
]

test('GUILD_CREATE shows a channel that the bot cannot view by id, type, position and parent alone', async () => {
  await using place = await setUp()
  const { guildId, secret, category } = place
  // The fields as a captured payload has them:
  // https://github.com/Quahu/Disqord, tests/…/ObfuscatedChannelJsonModelDeserializationTests.cs
  expect(place.shown(secret.id)).toEqual({
    id: secret.id,
    type: 0,
    name: '___hidden___',
    position: secret.position,
    parent_id: category.id,
    flags: obfuscated,
    permission_overwrites: [{ id: guildId, type: 0, allow: '0', deny: view }],
    topic: null,
    nsfw: false,
    rate_limit_per_user: 0,
    last_message_id: null,
    last_pin_timestamp: null,
    rtc_region: null,
    available_tags: [],
    default_reaction_emoji: null,
    default_sort_order: null,
  })
  expect(place.shown(category.id)).toMatchObject({ name: '___hidden___', type: 4, flags: obfuscated })
  expect(place.shown(place.channelId)).toMatchObject({ name: 'general', flags: 0 })
  // `guild_id` "may be missing for some channel objects received over gateway guild dispatches"
  // https://docs.discord.com/developers/resources/channel#channel-object
  expect(place.snapshot.channels.filter((channel) => 'guild_id' in channel)).toEqual([])
})

test('a hidden voice channel keeps its type and has neither bitrate nor user limit', async () => {
  await using place = await setUp()
  const { sim, gateway, guildId } = place
  const overwrites = [{ id: guildId, type: 0 as const, allow: '0', deny: view }]
  const [created] = await dispatchesDuring(sim, gateway, () =>
    sim.control.createChannel({ guildId, name: 'Vault', type: 2, overwrites }),
  )
  expect(created).toMatchObject({ name: 'CHANNEL_CREATE', d: { type: 2, flags: obfuscated } })
  expect(Object.keys(created?.d ?? {})).not.toContain('bitrate')
})

test('over REST a hidden channel is left out of the list, and a category is there for a child that is seen', async () => {
  await using place = await setUp()
  const { sim, rest, guildId, secret, category } = place
  const listed = async () =>
    ((await rest('GET', `/guilds/${guildId}/channels`)).body as ShownChannel[]).map((channel) => channel.id)
  expect(await listed()).not.toContain(secret.id)
  expect(await listed()).not.toContain(category.id)
  expect(await rest('GET', `/channels/${secret.id}`)).toMatchObject({ status: 403, body: { code: 50001 } })
  await sim.control.updateChannel({ channelId: secret.id, overwrites: allowBot(sim, guildId) })
  expect(await listed()).toContain(secret.id)
  expect(await listed()).toContain(category.id)
  expect((await rest('GET', `/channels/${category.id}`)).body).toMatchObject({ name: 'Council', flags: 0 })
})

test('an overwrite that shows the channel sends it whole, then its category, then its threads', async () => {
  await using place = await setUp()
  const { sim, gateway, guildId, ownerId, secret, category } = place
  const thread = await sim.control.createThread({ channelId: secret.id, userId: ownerId, name: 'budget' })
  const sent = await dispatchesDuring(sim, gateway, () =>
    sim.control.updateChannel({ channelId: secret.id, overwrites: allowBot(sim, guildId) }),
  )
  expect(sent.map(({ name, d }) => [name, d.id ?? d.channel_ids]).slice(0, 3)).toEqual([
    ['CHANNEL_UPDATE', secret.id],
    ['CHANNEL_UPDATE', category.id],
    // https://docs.discord.com/developers/topics/threads#gaining-access-to-channels
    ['THREAD_LIST_SYNC', [secret.id]],
  ])
  expect(sent[0]?.d).toMatchObject({ name: 'council', flags: 0, topic: secret.topic })
  expect(sent[1]?.d).toMatchObject({ name: 'Council', flags: 0 })
  expect(sent[2]?.d).toMatchObject({ guild_id: guildId, threads: [{ id: thread.id }], members: [] })
})

test('losing the view sends the obfuscated channel, the emptied category, and no word of threads', async () => {
  await using place = await setUp()
  const { sim, gateway, guildId, ownerId, secret, category } = place
  await sim.control.updateChannel({ channelId: secret.id, overwrites: allowBot(sim, guildId) })
  await sim.control.createThread({ channelId: secret.id, userId: ownerId, name: 'budget' })
  const overwrites = [{ id: guildId, type: 0 as const, allow: '0', deny: view }]
  const sent = await dispatchesDuring(sim, gateway, () =>
    sim.control.updateChannel({ channelId: secret.id, overwrites }),
  )
  expect(sent.map(({ name, d }) => [name, d.id]).slice(0, 2)).toEqual([
    ['CHANNEL_UPDATE', secret.id],
    ['CHANNEL_UPDATE', category.id],
  ])
  for (const { d } of sent.slice(0, 2)) expect(d).toMatchObject({ name: '___hidden___', flags: obfuscated })
  // https://docs.discord.com/developers/topics/threads#losing-access-to-channels
  expect(sent.map(({ name }) => name).filter((name) => name?.startsWith('THREAD_'))).toEqual([])
})

test('a role, the permissions of a role, and the own roles show and hide channels as an overwrite does', async () => {
  await using place = await setUp()
  const { sim, gateway, guildId, ownerId, guild, secret } = place
  const botId = sim.world.app.botId
  const updates = (sent: Awaited<ReturnType<typeof dispatchesDuring>>) =>
    sent.flatMap(({ name, d }) => (name === 'CHANNEL_UPDATE' && d.id === secret.id ? [d.flags] : []))
  const role = await sim.control.createRole({ guildId, name: 'Council', permissions: '0' })
  await sim.control.updateChannel({
    channelId: secret.id,
    overwrites: [
      { id: guildId, type: 0, allow: '0', deny: view },
      { id: role.id, type: 0, allow: view, deny: '0' },
    ],
  })
  const own = guild.members.get(botId)?.roles ?? []
  const grant = () => sim.control.updateMember({ guildId, userId: botId, roles: [...own, role.id] })
  const revoke = () => sim.control.updateMember({ guildId, userId: botId, roles: own })
  const granted = await dispatchesDuring(sim, gateway, grant)
  expect(granted[0]?.name).toBe('GUILD_MEMBER_UPDATE')
  expect(updates(granted)).toEqual([0])
  expect(updates(await dispatchesDuring(sim, gateway, revoke))).toEqual([obfuscated])

  const admin = PermissionFlagsBits.Administrator.toString()
  const managed = own[0] ?? ''
  const before = guild.roles.get(managed)?.permissions ?? '0'
  const raised = await dispatchesDuring(sim, gateway, () =>
    sim.control.updateRole({ guildId, roleId: managed, permissions: admin }),
  )
  expect(raised[0]?.name).toBe('GUILD_ROLE_UPDATE')
  expect(updates(raised)).toEqual([0])
  expect(
    updates(
      await dispatchesDuring(sim, gateway, () =>
        sim.control.updateRole({ guildId, roleId: managed, permissions: before }),
      ),
    ),
  ).toEqual([obfuscated])

  await grant()
  expect(
    updates(
      await dispatchesDuring(sim, gateway, () =>
        sim.control.deleteRole({ guildId, roleId: role.id, actorId: ownerId }),
      ),
    ),
  ).toEqual([obfuscated])
})

test('a voice channel is seen for as long as the bot is connected to it', async () => {
  await using place = await setUp()
  const { sim, gateway, guildId } = place
  const botId = sim.world.app.botId
  const overwrites = [{ id: guildId, type: 0 as const, allow: '0', deny: view }]
  const vault = await sim.control.createChannel({ guildId, name: 'Vault', type: 2, overwrites })
  const joined = await dispatchesDuring(sim, gateway, () =>
    sim.control.moveVoice({ guildId, userId: botId, channelId: vault.id }),
  )
  expect(joined.map(({ name }) => name)).toEqual([
    'VOICE_STATE_UPDATE',
    'CHANNEL_UPDATE',
    'THREAD_LIST_SYNC',
    'VOICE_CHANNEL_START_TIME_UPDATE',
  ])
  expect(joined[1]?.d).toMatchObject({ id: vault.id, name: 'Vault', flags: 0 })
  const left = await dispatchesDuring(sim, gateway, () =>
    sim.control.moveVoice({ guildId, userId: botId, channelId: null }),
  )
  expect(left.map(({ name }) => name)).toEqual(['VOICE_STATE_UPDATE', 'CHANNEL_UPDATE'])
  expect(left[1]?.d).toMatchObject({ id: vault.id, name: '___hidden___', flags: obfuscated })
})

test('changes, the making and the end of a hidden channel are told in obfuscated form, messages in it never', async () => {
  await using place = await setUp()
  const { sim, gateway, guildId, ownerId, secret } = place
  const sent = await dispatchesDuring(sim, gateway, async () => {
    await sim.control.sendMessage({ channelId: secret.id, userId: ownerId, content: 'secret' })
    await sim.control.updateChannel({ channelId: secret.id, topic: 'Money', actorId: ownerId })
    const overwrites = [{ id: guildId, type: 0 as const, allow: '0', deny: view }]
    const made = await sim.control.createChannel({ guildId, name: 'hush', overwrites, actorId: ownerId })
    await sim.control.deleteChannel({ channelId: made.id, actorId: ownerId })
  })
  const channels = sent.filter(({ name }) => name !== 'GUILD_AUDIT_LOG_ENTRY_CREATE')
  expect(channels.map(({ name }) => name)).toEqual(['CHANNEL_UPDATE', 'CHANNEL_CREATE', 'CHANNEL_DELETE'])
  for (const { d } of channels)
    expect(d).toMatchObject({ name: '___hidden___', flags: obfuscated, topic: null })
})

test('interactions carry the channel whole, though the bot cannot view it', async () => {
  await using place = await setUp()
  const { sim, gateway, rest, ownerId, secret } = place
  await rest('PUT', `/applications/${sim.world.app.id}/commands`, [{ name: 'where', description: 'here' }])
  void sim.control.runCommand({ userId: ownerId, channelId: secret.id, command: 'where' })
  const { d } = await gateway.dispatch('INTERACTION_CREATE')
  expect(d).toMatchObject({ channel_id: secret.id, channel: { id: secret.id, name: 'council', flags: 0 } })
})

test('a channel that is really called ___hidden___ is not taken for a hidden one', async () => {
  await using place = await setUp()
  const { sim, gateway, guildId } = place
  const [created] = await dispatchesDuring(sim, gateway, () =>
    sim.control.createChannel({ guildId, name: '___hidden___' }),
  )
  expect(created?.d).toMatchObject({ name: '___hidden___', flags: 0 })
})
