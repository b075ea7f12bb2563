import { GatewayIntentBits, PermissionFlagsBits } from 'discord-api-types/v10'
import { expect, test } from 'vitest'
import { dispatchesDuring } from './dispatches-during.ts'
import { allIntents, RawGateway } from './raw-gateway.ts'
import { firstGuild, restCaller, startFast } from './sim-fixture.ts'

// Source of this file, where no other is named: Discord, Gateway Events
// https://docs.discord.com/developers/events/gateway-events

const bits = PermissionFlagsBits
const { Guilds, GuildMembers } = GatewayIntentBits

async function setUp(intents = allIntents) {
  const sim = await startFast({ guilds: 1, shards: 1 })
  const { token } = await sim.control.app()
  const gateway = await RawGateway.connect(sim.urls.gateway)
  await gateway.ready(token, { intents })
  if ((intents & Guilds) !== 0) await gateway.dispatch('GUILD_CREATE')
  const place = await firstGuild(sim)
  const botRole = place.guild.members.get(sim.world.app.botId)?.roles[0] ?? ''
  const everything = BigInt(place.guild.roles.get(botRole)?.permissions ?? '0')
  return {
    ...place,
    sim,
    token,
    gateway,
    rest: restCaller(sim),
    botId: sim.world.app.botId,
    names: async (act: () => unknown) => (await dispatchesDuring(sim, gateway, act)).map(({ name }) => name),
    /** Takes permissions away from the bot and from everybody; gives all back when disposed of. */
    without: async (taken: bigint) => {
      const roles = [botRole, place.guildId]
      const before = roles.map((id) => place.guild.roles.get(id)?.permissions ?? '0')
      for (const roleId of roles) {
        const now = BigInt(place.guild.roles.get(roleId)?.permissions ?? '0')
        await sim.control.updateRole({
          guildId: place.guildId,
          roleId,
          permissions: (now & everything & ~taken).toString(),
        })
      }
      return {
        [Symbol.asyncDispose]: async () => {
          for (const [index, roleId] of roles.entries()) {
            const permissions = before[index] ?? '0'
            await sim.control.updateRole({ guildId: place.guildId, roleId, permissions })
          }
        },
      }
    },
    async [Symbol.asyncDispose]() {
      gateway[Symbol.dispose]()
      await sim.stop()
    },
  }
}

test('bans are told to a bot with Ban Members or View Audit Log, and to no other', async () => {
  await using place = await setUp()
  const { sim, guildId, memberId } = place
  const banAndBack = async () => {
    await sim.control.ban({ guildId, userId: memberId })
    await sim.control.unban({ guildId, userId: memberId })
  }
  const heard = async () => (await place.names(banAndBack)).filter((name) => name?.startsWith('GUILD_BAN'))
  expect(await heard()).toEqual(['GUILD_BAN_ADD', 'GUILD_BAN_REMOVE'])
  {
    await using _ = await place.without(bits.ViewAuditLog)
    expect(await heard()).toEqual(['GUILD_BAN_ADD', 'GUILD_BAN_REMOVE'])
  }
  {
    await using _ = await place.without(bits.BanMembers)
    expect(await heard()).toEqual(['GUILD_BAN_ADD', 'GUILD_BAN_REMOVE'])
  }
  await using _ = await place.without(bits.BanMembers | bits.ViewAuditLog)
  expect(await heard()).toEqual([])
})

test('auto moderation is told to a bot with Manage Server alone', async () => {
  await using place = await setUp()
  const { sim, rest, guildId, channelId, memberId } = place
  const rule = {
    name: 'no spoilers',
    event_type: 1,
    trigger_type: 1,
    trigger_metadata: { keyword_filter: ['spoiler'] },
    actions: [{ type: 1 }],
    enabled: true,
  }
  const heard = async (act: () => unknown) =>
    (await place.names(act)).filter((name) => name?.startsWith('AUTO_MODERATION'))
  const write = () =>
    sim.control.sendMessage({ channelId, userId: memberId, content: 'spoiler' }).catch(() => undefined)
  expect(await heard(() => rest('POST', `/guilds/${guildId}/auto-moderation/rules`, rule))).toEqual([
    'AUTO_MODERATION_RULE_CREATE',
  ])
  expect(await heard(write)).toEqual(['AUTO_MODERATION_ACTION_EXECUTION'])
  await using _ = await place.without(bits.ManageGuild)
  expect(await heard(write)).toEqual([])
})

test('invites are told to a bot that manages their channel', async () => {
  await using place = await setUp()
  const { sim, rest, guildId, channelId } = place
  const invite = async () => {
    const made = await rest('POST', `/channels/${channelId}/invites`, {})
    expect(made.status).toBe(200)
  }
  const heard = async () => (await place.names(invite)).filter((name) => name?.startsWith('INVITE'))
  expect(await heard()).toEqual(['INVITE_CREATE'])
  await sim.control.updateChannel({
    channelId,
    overwrites: [{ id: guildId, type: 0, allow: '0', deny: bits.ManageChannels.toString() }],
  })
  expect(await heard()).toEqual([])
})

test('GUILD_MEMBER_UPDATE of the bot itself comes without the GUILD_MEMBERS intent, of others it does not', async () => {
  // https://docs.discord.com/developers/events/gateway#caveats
  await using place = await setUp(Guilds)
  const { sim, guildId, botId, memberId } = place
  expect(
    await place.names(async () => {
      await sim.control.updateMember({ guildId, userId: memberId, nick: 'other' })
      await sim.control.updateMember({ guildId, userId: botId, nick: 'self' })
    }),
  ).toEqual(['GUILD_MEMBER_UPDATE'])
})

test('THREAD_MEMBERS_UPDATE without GUILD_MEMBERS tells of the bot alone, with it of everybody', async () => {
  await using place = await setUp(Guilds)
  const { sim, rest, token, gateway, channelId, ownerId, memberId, botId } = place
  using full = await RawGateway.connect(sim.urls.gateway)
  await full.ready(token, { intents: Guilds | GuildMembers })
  await full.dispatch('GUILD_CREATE')
  const thread = await sim.control.createThread({ channelId, userId: ownerId, name: 'aside' })
  const act = async () => {
    await rest('PUT', `/channels/${thread.id}/thread-members/${memberId}`)
    await rest('PUT', `/channels/${thread.id}/thread-members/@me`)
    await rest('DELETE', `/channels/${thread.id}/thread-members/${memberId}`)
    await rest('DELETE', `/channels/${thread.id}/thread-members/@me`)
  }
  const seenByFull: unknown[] = []
  const sent = await dispatchesDuring(sim, gateway, async () => {
    seenByFull.push(...(await dispatchesDuring(sim, full, act)).filter(isThreadMembers).map(shape))
  })
  expect(sent.filter(isThreadMembers).map(shape)).toEqual([{ added: [botId] }, { removed: [botId] }])
  expect(seenByFull).toEqual([
    { added: [memberId] },
    { added: [botId] },
    { removed: [memberId] },
    { removed: [botId] },
  ])
  // https://docs.discord.com/developers/events/gateway-events#thread-create: also when the bot is added
  expect(sent.filter(({ name }) => name === 'THREAD_CREATE')).toMatchObject([
    { d: { id: thread.id, member: { user_id: botId } } },
  ])
})

const isThreadMembers = ({ name }: { name: string | null }) => name === 'THREAD_MEMBERS_UPDATE'

function shape({ d }: { d: Record<string, unknown> }) {
  const added = d.added_members as { user_id: string }[] | undefined
  return {
    ...(added ? { added: added.map((member) => member.user_id) } : {}),
    ...(d.removed_member_ids ? { removed: d.removed_member_ids } : {}),
  }
}

test('a bot that is taken out of a thread that it no longer sees hears of that alone', async () => {
  // https://docs.discord.com/developers/topics/threads#losing-access-to-channels
  await using place = await setUp()
  const { sim, rest, guild, guildId, channelId, ownerId, botId } = place
  const thread = await sim.control.createThread({ channelId, userId: ownerId, name: 'aside' })
  await rest('PUT', `/channels/${thread.id}/thread-members/@me`)
  await sim.control.updateChannel({
    channelId,
    overwrites: [{ id: guildId, type: 0, allow: '0', deny: bits.ViewChannel.toString() }],
  })
  const { removeThreadMember } = await import('../src/resources/threads.ts')
  expect(
    await place.names(async () => {
      await sim.control.sendMessage({ channelId: thread.id, userId: ownerId, content: 'unseen' })
      removeThreadMember(sim.world, guild, sim.world.channel(thread.id), botId)
    }),
  ).toEqual(['THREAD_MEMBERS_UPDATE'])
})

test('an unarchived thread comes by THREAD_UPDATE and the own THREAD_MEMBER_UPDATE after it', async () => {
  // https://docs.discord.com/developers/topics/threads#unarchiving-a-thread
  await using place = await setUp()
  const { rest, channelId } = place
  const { id } = (await rest('POST', `/channels/${channelId}/threads`, { name: 'own', type: 11 })).body as {
    id: string
  }
  const threadEvents = async (archived: boolean) =>
    (await place.names(() => rest('PATCH', `/channels/${id}`, { archived }))).filter((name) =>
      name?.startsWith('THREAD'),
    )
  expect(await threadEvents(true)).toEqual(['THREAD_UPDATE'])
  expect(await threadEvents(false)).toEqual(['THREAD_UPDATE', 'THREAD_MEMBER_UPDATE'])
})

test('a private thread that the bot does not see ends without a word to it', async () => {
  await using place = await setUp()
  const { sim, guild, channelId, ownerId } = place
  await using _ = await place.without(bits.ManageThreads)
  const { createThread, deleteThread } = await import('../src/resources/threads.ts')
  const actor = { userId: ownerId }
  const names = await place.names(() => {
    const parent = sim.world.channel(channelId)
    const thread = createThread(sim.world, guild, parent, { name: 'secret', type: 12 }, actor)
    deleteThread(sim.world, guild, thread, actor)
  })
  expect(names.filter((name) => name?.startsWith('THREAD'))).toEqual([])
})

test('GUILD_MEMBER_ADD can come again for somebody who is there', async () => {
  // https://docs.discord.com/developers/events/gateway-events#guild-member-add
  await using place = await setUp()
  const { sim, guildId, memberId, guild } = place
  const before = guild.members.size
  const [again] = await dispatchesDuring(sim, place.gateway, () =>
    sim.control.repeatMemberAdd({ guildId, userId: memberId }),
  )
  expect(again).toMatchObject({ name: 'GUILD_MEMBER_ADD', d: { guild_id: guildId, user: { id: memberId } } })
  expect(guild.members.size).toBe(before)
})

test('GUILD_CREATE lists the bot and whoever is in a voice channel, with their voice states', async () => {
  // https://docs.discord.com/developers/events/gateway-events#guild-create, its warning
  await using place = await setUp()
  const { sim, token, guild, guildId, memberId, botId } = place
  const lounge = [...guild.channels.values()].find((channel) => channel.type === 2)?.id ?? ''
  await sim.control.moveVoice({ guildId, userId: memberId, channelId: lounge })
  using late = await RawGateway.connect(sim.urls.gateway)
  await late.ready(token)
  const { d } = await late.dispatch('GUILD_CREATE')
  const { members, voice_states: states } = d as {
    members: { user: { id: string } }[]
    voice_states: { user_id: string; channel_id: string; guild_id?: string }[]
  }
  expect(new Set(members.map((member) => member.user.id))).toEqual(new Set([botId, memberId]))
  expect(states).toMatchObject([{ user_id: memberId, channel_id: lounge }])
  expect(states[0]).not.toHaveProperty('guild_id')
})

test('a bot that changes its own user is told so as a user, and as a member of each guild', async () => {
  // https://docs.discord.com/developers/events/gateway-events#guild-member-update
  await using place = await setUp(Guilds)
  const sent = await dispatchesDuring(place.sim, place.gateway, () =>
    place.rest('PATCH', '/users/@me', { username: 'Renamed' }),
  )
  expect(sent).toMatchObject([
    { name: 'USER_UPDATE', d: { username: 'Renamed' } },
    { name: 'GUILD_MEMBER_UPDATE', d: { guild_id: place.guildId, user: { username: 'Renamed' } } },
  ])
})
