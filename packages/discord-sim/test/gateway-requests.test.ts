import { GatewayIntentBits } from 'discord-api-types/v10'
import { expect, test } from 'vitest'
import { dispatchesDuring } from './dispatches-during.ts'
import { allIntents, RawGateway } from './raw-gateway.ts'
import { firstGuild, restCaller, startFast } from './sim-fixture.ts'

async function setUp(intents = allIntents) {
  const sim = await startFast({ guilds: 1, shards: 1 })
  const gateway = await RawGateway.connect(sim.urls.gateway)
  await gateway.ready((await sim.control.app()).token, { intents })
  const place = await firstGuild(sim)
  let asked = 0
  return {
    ...place,
    sim,
    gateway,
    /** 120 more members, whose names start with `zed`. */
    crowd: async () => {
      for (let index = 0; index < 120; index++) {
        const user = await sim.control.createUser({ username: `zed${index}` })
        await sim.control.addMember({ guildId: place.guildId, userId: user.id })
      }
    },
    /** Asks by op 8 and answers what came back, all chunks together. */
    ask: async (request: Record<string, unknown>) => {
      asked += 1
      const before = gateway.dispatches('GUILD_MEMBERS_CHUNK').length
      gateway.send(8, { guild_id: place.guildId, ...request })
      gateway.send(8, { guild_id: place.guildId, user_ids: [], nonce: `end-${asked}` })
      const isEnd = (frame: { d: unknown }) =>
        (frame.d as { nonce?: string } | null)?.nonce === `end-${asked}`
      await gateway.frame(isEnd)
      return gateway
        .dispatches('GUILD_MEMBERS_CHUNK')
        .slice(before)
        .filter((frame) => !isEnd(frame))
        .map((frame) => frame.d as { members: unknown[]; nonce?: string; presences?: unknown[] })
    },
    async [Symbol.asyncDispose]() {
      gateway[Symbol.dispose]()
      await sim.stop()
    },
  }
}

// Source: Discord, Gateway Events, "Request Guild Members"
// https://docs.discord.com/developers/events/gateway-events#request-guild-members

test('a prefix brings at most 100 members, whatever the limit says', async () => {
  await using place = await setUp()
  const { guild, ask } = place
  await place.crowd()
  for (const limit of [0, 100, 1_000]) {
    expect((await ask({ query: 'zed', limit })).map((chunk) => chunk.members.length)).toEqual([100])
  }
  expect((await ask({ query: 'zed', limit: 7 }))[0]?.members).toHaveLength(7)
  expect((await ask({ query: '', limit: 0 }))[0]?.members).toHaveLength(guild.members.size)
})

test('users by id come at most 100 at a time', async () => {
  await using place = await setUp()
  await place.crowd()
  const ids = [...place.guild.members.keys()]
  expect(ids.length).toBeGreaterThan(100)
  expect((await place.ask({ user_ids: ids }))[0]?.members).toHaveLength(100)
})

test('a nonce of more than 32 bytes is ignored, one of 32 comes back', async () => {
  await using place = await setUp()
  const [long] = await place.ask({ user_ids: [place.ownerId], nonce: 'é'.repeat(17) })
  expect(long).not.toHaveProperty('nonce')
  const [fits] = await place.ask({ user_ids: [place.ownerId], nonce: 'é'.repeat(16) })
  expect(fits?.nonce).toBe('é'.repeat(16))
})

test('the member list needs the intent even with a limit, and presences need theirs', async () => {
  await using place = await setUp(
    allIntents & ~GatewayIntentBits.GuildMembers & ~GatewayIntentBits.GuildPresences,
  )
  expect(await place.ask({ query: '', limit: 5 })).toEqual([])
  const [chunk] = await place.ask({ user_ids: [place.ownerId], presences: true })
  expect(chunk?.members).toHaveLength(1)
  expect(chunk).not.toHaveProperty('presences')
})

test.each([
  ['neither prefix nor users', {}],
  ['both', { query: 'a', limit: 1, user_ids: [] }],
  ['a prefix without a limit', { query: 'a' }],
])('a member request with %s has not the right form', async (_, request) => {
  await using place = await setUp()
  place.gateway.send(8, { guild_id: place.guildId, ...request })
  expect(await place.gateway.closed()).toBe(4002)
})

// Source: Discord, Gateway Events, "Request Channel Info" and "Channel Info"
// https://docs.discord.com/developers/events/gateway-events#request-channel-info

test('op 43 is answered with the start of each voice session that the bot sees', async () => {
  await using place = await setUp()
  const { sim, gateway, guild, guildId, ownerId } = place
  const lounge = [...guild.channels.values()].find((channel) => channel.type === 2)?.id ?? ''
  const before = Math.floor(sim.world.clock.now() / 1_000)
  await sim.control.moveVoice({ guildId, userId: ownerId, channelId: lounge })
  gateway.send(43, { guild_id: guildId, fields: ['voice_start_time'] })
  const { d } = await gateway.dispatch('CHANNEL_INFO')
  const { channels } = d as { channels: { id: string; voice_start_time: number }[] }
  expect(channels).toHaveLength(1)
  expect(channels[0]?.id).toBe(lounge)
  expect(channels[0]?.voice_start_time).toBeGreaterThanOrEqual(before)
  expect(channels[0]).not.toHaveProperty('status')
})

// Source: Discord, Gateway Events, "Request Soundboard Sounds"
// https://docs.discord.com/developers/events/gateway-events#request-soundboard-sounds

test('op 31 is answered for each guild that it names', async () => {
  await using place = await setUp()
  place.gateway.send(31, { guild_ids: [place.guildId] })
  expect(await place.gateway.dispatch('SOUNDBOARD_SOUNDS')).toMatchObject({
    d: { guild_id: place.guildId, soundboard_sounds: [] },
  })
})

test.each([
  [31, { guild_ids: 'all' }],
  [43, { guild_id: '1' }],
  [4, { guild_id: '1', channel_id: null }],
])('op %i with another form is closed', async (op, data) => {
  await using place = await setUp()
  place.gateway.send(op, data)
  expect(await place.gateway.closed()).toBe(4002)
})

// Source: Discord, Gateway Events, "Update Voice State"
// https://docs.discord.com/developers/events/gateway-events#update-voice-state

test('op 4 takes the bot into a voice channel and out again', async () => {
  await using place = await setUp()
  const { sim, gateway, guild, guildId } = place
  const lounge = [...guild.channels.values()].find((channel) => channel.type === 2)?.id ?? ''
  const own = (channelId: string | null) => (frame: { t: string | null; d: unknown }) =>
    frame.t === 'VOICE_STATE_UPDATE' && (frame.d as { channel_id: unknown }).channel_id === channelId
  const update = { guild_id: guildId, self_mute: true, self_deaf: false }
  gateway.send(4, { ...update, channel_id: lounge })
  expect(await gateway.frame(own(lounge))).toMatchObject({
    d: { guild_id: guildId, user_id: sim.world.app.botId, self_mute: true },
  })
  gateway.send(4, { ...update, channel_id: null })
  await gateway.frame(own(null))
  expect(guild.voiceStates.size).toBe(0)
})

// Source: Discord, Channel Resource, "Set Voice Channel Status"
// https://docs.discord.com/developers/resources/channel#set-voice-channel-status
// and Gateway Events, "Voice Channel Start Time Update"
// https://docs.discord.com/developers/events/gateway-events#voice-channel-start-time-update

test('a voice session has a start and a status, which end with the last who leaves', async () => {
  await using place = await setUp()
  const { sim, gateway, guild, guildId, ownerId, memberId } = place
  const lounge = [...guild.channels.values()].find((channel) => channel.type === 2)?.id ?? ''
  const rest = restCaller(sim)
  const move = (userId: string, channelId: string | null) =>
    sim.control.moveVoice({ guildId, userId, channelId })
  const told = async (act: () => unknown) =>
    (await dispatchesDuring(sim, gateway, act))
      .filter(({ name }) => name?.startsWith('VOICE_CHANNEL'))
      .map(({ name, d }) => [name, d.status ?? d.voice_start_time ?? null])
  const [started] = await told(() => move(ownerId, lounge))
  expect(started).toEqual(['VOICE_CHANNEL_START_TIME_UPDATE', expect.any(Number)])
  expect(await told(() => move(memberId, lounge))).toEqual([])
  expect(
    await told(async () => {
      const set = await rest('PUT', `/channels/${lounge}/voice-status`, { status: 'Chess' })
      expect(set.status).toBe(204)
    }),
  ).toEqual([['VOICE_CHANNEL_STATUS_UPDATE', 'Chess']])
  gateway.send(43, { guild_id: guildId, fields: ['status'] })
  expect(await gateway.dispatch('CHANNEL_INFO')).toMatchObject({
    d: { channels: [{ id: lounge, status: 'Chess' }] },
  })
  expect(await told(() => move(ownerId, null))).toEqual([])
  expect(await told(() => move(memberId, null))).toEqual([
    ['VOICE_CHANNEL_START_TIME_UPDATE', null],
    ['VOICE_CHANNEL_STATUS_UPDATE', null],
  ])
})

// Source: Discord, Gateway, "Sharding": what concerns a guild goes through its own shard.
// https://docs.discord.com/developers/events/gateway#sharding

test('a shard answers no request about a guild of another shard', async () => {
  await using sim = await startFast({ guilds: 3, shards: 2 })
  const guild = [...sim.world.guilds.values()].find(({ shardKey }) => shardKey % 2 === 1)
  using gateway = await RawGateway.connect(sim.urls.gateway)
  await gateway.ready((await sim.control.app()).token, { shard: [0, 2] })
  const sent = await dispatchesDuring(sim, gateway, () => {
    gateway.send(8, { guild_id: guild?.id, query: '', limit: 0 })
    gateway.send(43, { guild_id: guild?.id, fields: ['status'] })
    gateway.send(31, { guild_ids: [guild?.id] })
    gateway.send(1, null)
    return gateway.frame((frame) => frame.op === 11)
  })
  expect(sent).toEqual([])
})
