// Source of this file: https://docs.discord.com/developers/topics/permissions and
// https://docs.discord.com/developers/change-log#permission-changes-going-into-effect-february-2026-for-pin_messages-bypass_slowmode-create_guild_expressions-and-create_events
import { PermissionFlagsBits as Bits } from 'discord-api-types/v10'
import { expect, test } from 'vitest'
import { VirtualClock } from '../src/index.ts'
import type { DiscordSimOptions } from '../src/index.ts'
import { firstGuild, restCaller, startFast } from './sim-fixture.ts'

const idOf = (answer: { body: unknown }) => (answer.body as { id: string }).id

async function setUp(options: DiscordSimOptions = {}) {
  const sim = await startFast({ guilds: 1, ...options })
  const place = await firstGuild(sim)
  const rest = restCaller(sim)
  const botId = sim.world.app.botId
  const path = `/channels/${place.channelId}/messages`
  /** Takes permissions away from the bot in the channel. */
  const deny = (...bits: bigint[]) =>
    sim.control.updateChannel({
      channelId: place.channelId,
      overwrites: [{ id: botId, type: 1, allow: '0', deny: bits.reduce((sum, bit) => sum | bit).toString() }],
    })
  /** Leaves the bot with these permissions and the sight of channels. */
  const onlyInGuild = async (...bits: bigint[]) => {
    await sim.control.updateRole({ guildId: place.guildId, roleId: place.guildId, permissions: '1024' })
    const role = [...place.guild.roles.values()].find(({ tags }) => tags?.bot_id === botId)
    const permissions = bits.reduce((sum, bit) => sum | bit, 0n).toString()
    await sim.control.updateRole({ guildId: place.guildId, roleId: role?.id ?? '', permissions })
  }
  const fromMember = async (content = 'x') =>
    (await sim.control.sendMessage({ channelId: place.channelId, userId: place.memberId, content })).id
  return {
    sim,
    rest,
    path,
    deny,
    onlyInGuild,
    fromMember,
    botId,
    ...place,
    [Symbol.asyncDispose]: () => sim.stop(),
  }
}

const missing = { status: 403, body: { code: 50013 } }

// "MANAGE_MESSAGES alone will no longer be sufficient."
test('pinning and unpinning need PIN_MESSAGES', async () => {
  await using mesh = await setUp()
  const messageId = await mesh.fromMember()
  await mesh.deny(Bits.PinMessages)
  for (const path of [`${mesh.path}/pins/${messageId}`, `/channels/${mesh.channelId}/pins/${messageId}`]) {
    for (const method of ['PUT', 'DELETE']) expect(await mesh.rest(method, path)).toMatchObject(missing)
  }
  await mesh.deny(Bits.ManageMessages)
  expect((await mesh.rest('PUT', `${mesh.path}/pins/${messageId}`)).status).toBe(204)
  expect((await mesh.rest('DELETE', `${mesh.path}/pins/${messageId}`)).status).toBe(204)
})

// "If the user is missing the READ_MESSAGE_HISTORY permission in the channel, then no pins will be returned":
// https://docs.discord.com/developers/resources/message#get-channel-pins
test('without the history there are no pins and no messages to read', async () => {
  await using mesh = await setUp()
  await mesh.rest('PUT', `${mesh.path}/pins/${await mesh.fromMember()}`)
  await mesh.deny(Bits.ReadMessageHistory)
  expect((await mesh.rest('GET', `${mesh.path}/pins`)).body).toEqual({ items: [], has_more: false })
  expect((await mesh.rest('GET', mesh.path)).body).toEqual([])
})

// "bots will need the CREATE_GUILD_EXPRESSIONS permission to create custom emoji"; others' are managed, own ones
// changed with either: https://docs.discord.com/developers/resources/emoji
test('emojis are made with CREATE_GUILD_EXPRESSIONS, others’ are changed with MANAGE_GUILD_EXPRESSIONS', async () => {
  await using mesh = await setUp()
  const emojis = `/guilds/${mesh.guildId}/emojis`
  const make = (name: string) =>
    mesh.rest('POST', emojis, { name, image: 'data:image/png;base64,iVBORw0KGgo=' })
  await mesh.onlyInGuild(Bits.ManageGuildExpressions)
  expect(await make('first')).toMatchObject(missing)
  await mesh.onlyInGuild(Bits.CreateGuildExpressions)
  const own = idOf(await make('second'))
  expect((await mesh.rest('PATCH', `${emojis}/${own}`, { name: 'renamed' })).status).toBe(200)
  const foreign = [...mesh.guild.emojis.values()].find(({ creatorId }) => creatorId !== mesh.botId)
  if (foreign) expect(await mesh.rest('DELETE', `${emojis}/${foreign.id}`)).toMatchObject(missing)
  expect((await mesh.rest('GET', `${emojis}/${own}`)).body).toMatchObject({ user: { id: mesh.botId } })
  await mesh.onlyInGuild()
  expect((await mesh.rest('GET', `${emojis}/${own}`)).body).not.toHaveProperty('user')
  expect(await mesh.rest('DELETE', `${emojis}/${own}`)).toMatchObject(missing)
})

// "users will need the BYPASS_SLOWMODE permission to not be affected by slowmode restrictions … bots are not affected"
test('slow mode holds people back, those who manage messages too, unless they may bypass it', async () => {
  const clock = new VirtualClock()
  await using mesh = await setUp({ clock })
  const { channelId, memberId } = mesh
  await mesh.rest('PATCH', `/channels/${channelId}`, { rate_limit_per_user: 10 })
  const allow = (bit: bigint) =>
    mesh.sim.control.updateChannel({
      channelId,
      overwrites: [{ id: memberId, type: 1, allow: bit.toString(), deny: '0' }],
    })
  await allow(Bits.ManageMessages | Bits.ManageChannels)
  await mesh.fromMember()
  await expect(mesh.fromMember()).rejects.toThrow('slowmode')
  clock.advance(10_000)
  await mesh.fromMember()
  await allow(Bits.BypassSlowmode)
  await mesh.fromMember()
  for (const content of ['a', 'b']) expect((await mesh.rest('POST', mesh.path, { content })).status).toBe(200)
})

// "the current user must have the READ_MESSAGE_HISTORY permission. The referenced message must exist and cannot be a
// system message": https://docs.discord.com/developers/resources/message#create-message
test('a reply needs the history, and a message of people', async () => {
  await using mesh = await setUp()
  const messageId = await mesh.fromMember()
  const reply = (id: string) =>
    mesh.rest('POST', mesh.path, { content: 'x', message_reference: { message_id: id } })
  expect((await reply(messageId)).status).toBe(200)
  await mesh.rest('PUT', `${mesh.path}/pins/${messageId}`)
  const pinned = [...(mesh.channel.messages?.values() ?? [])].find(({ type }) => type === 6)
  expect(await reply(pinned?.id ?? '')).toMatchObject({
    status: 400,
    body: {
      code: 50035,
      errors: { message_reference: { _errors: [{ message: 'Cannot reply to a system message' }] } },
    },
  })
  await mesh.deny(Bits.ReadMessageHistory)
  expect(await reply(messageId)).toMatchObject({ status: 403, body: { code: 160002 } })
})

// "channel_id … Required for forwards" (Message Reference Structure)
test('a forward names the channel it comes from', async () => {
  await using mesh = await setUp()
  const message_id = await mesh.fromMember()
  const forward = (more: object) =>
    mesh.rest('POST', mesh.path, { message_reference: { type: 1, message_id, ...more } })
  expect(await forward({})).toMatchObject({ status: 400, body: { code: 50035 } })
  expect((await forward({ channel_id: mesh.channelId })).status).toBe(200)
})

test('files need ATTACH_FILES, speech SEND_TTS_MESSAGES', async () => {
  await using mesh = await setUp()
  await mesh.deny(Bits.AttachFiles, Bits.SendTTSMessages)
  const form = new FormData()
  form.set('payload_json', JSON.stringify({ content: 'x' }))
  form.set('files[0]', new Blob(['p']), 'a.txt')
  expect(await mesh.rest('POST', mesh.path, form)).toMatchObject(missing)
  expect(await mesh.rest('POST', mesh.path, { content: 'x', tts: true })).toMatchObject(missing)
})

// https://github.com/discord/discord-api-docs/issues/2601 and /issues/5648
test('without EMBED_LINKS embeds are left out, and a message of embeds alone is refused', async () => {
  await using mesh = await setUp()
  await mesh.deny(Bits.EmbedLinks)
  const embeds = [{ title: 'T' }]
  expect(await mesh.rest('POST', mesh.path, { embeds })).toMatchObject(missing)
  const sent = await mesh.rest('POST', mesh.path, { content: 'x', embeds })
  expect(sent).toMatchObject({ status: 200, body: { content: 'x', embeds: [] } })
  const edit = (body: object) => mesh.rest('PATCH', `${mesh.path}/${idOf(sent)}`, body)
  expect(await edit({ embeds })).toMatchObject({ status: 200, body: { embeds: [] } })
  expect(await edit({ content: '', embeds })).toMatchObject({ status: 400, body: { code: 50006 } })
})

// "Timed out members will temporarily lose all permissions except VIEW_CHANNEL and READ_MESSAGE_HISTORY"
test('a bot that is timed out reads and does nothing else, in channels and in the guild', async () => {
  const clock = new VirtualClock()
  await using mesh = await setUp({ clock })
  const bot = mesh.guild.members.get(mesh.botId)
  if (!bot) throw new Error('the bot is not there')
  bot.timedOutUntilMs = clock.now() + 60_000
  expect((await mesh.rest('GET', mesh.path)).status).toBe(200)
  expect(await mesh.rest('POST', mesh.path, { content: 'x' })).toMatchObject(missing)
  expect(await mesh.rest('PUT', `/guilds/${mesh.guildId}/bans/${mesh.memberId}`, {})).toMatchObject(missing)
  expect(await mesh.rest('POST', `/guilds/${mesh.guildId}/roles`, { name: 'x' })).toMatchObject(missing)
  clock.advance(60_000)
  expect((await mesh.rest('POST', mesh.path, { content: 'x' })).status).toBe(200)
})

// The table of message types ("Deletable"); 50021: https://github.com/discord/discord-api-docs/pull/267
test('messages of Discord’s own are not edited, pinned or reacted to; some cannot be deleted', async () => {
  await using mesh = await setUp()
  await mesh.rest('PUT', `${mesh.path}/pins/${await mesh.fromMember()}`)
  const notice = [...(mesh.channel.messages?.values() ?? [])].find(({ type }) => type === 6)
  const system = { status: 403, body: { code: 50021 } }
  expect(await mesh.rest('PATCH', `${mesh.path}/${notice?.id}`, { content: 'x' })).toMatchObject(system)
  expect(await mesh.rest('PUT', `${mesh.path}/pins/${notice?.id}`)).toMatchObject(system)
  expect(await mesh.rest('PUT', `${mesh.path}/${notice?.id}/reactions/%F0%9F%91%8D/@me`)).toMatchObject(
    system,
  )
  const other = await mesh.fromMember()
  if (notice) notice.type = 21
  expect(await mesh.rest('DELETE', `${mesh.path}/${notice?.id}`)).toMatchObject(system)
  expect(
    await mesh.rest('POST', `${mesh.path}/bulk-delete`, { messages: [notice?.id, other] }),
  ).toMatchObject(system)
  if (notice) notice.type = 6
  expect((await mesh.rest('DELETE', `${mesh.path}/${notice?.id}`)).status).toBe(204)
})

// https://docs.discord.com/developers/topics/threads#locked-threads and #active--archived-threads
test('in a locked thread only moderators write and edit, in an archived one nobody edits or reacts', async () => {
  await using mesh = await setUp()
  const thread = idOf(await mesh.rest('POST', `/channels/${mesh.channelId}/threads`, { name: 't', type: 11 }))
  const path = `/channels/${thread}/messages`
  const own = idOf(await mesh.rest('POST', path, { content: 'x' }))
  await mesh.rest('PATCH', `/channels/${thread}`, { locked: true })
  expect((await mesh.rest('POST', path, { content: 'x' })).status).toBe(200)
  await mesh.deny(Bits.ManageThreads)
  expect(await mesh.rest('POST', path, { content: 'x' })).toMatchObject({
    status: 400,
    body: { code: 160005 },
  })
  expect(await mesh.rest('PATCH', `${path}/${own}`, { content: 'y' })).toMatchObject({
    body: { code: 160005 },
  })
  await mesh.sim.control.updateThread({
    channelId: thread,
    userId: mesh.ownerId,
    locked: false,
    archived: true,
  })
  expect(await mesh.rest('PATCH', `${path}/${own}`, { content: 'y' })).toMatchObject({
    body: { code: 50083 },
  })
  expect(await mesh.rest('PUT', `${path}/${own}/reactions/%F0%9F%91%8D/@me`)).toMatchObject({
    body: { code: 50083 },
  })
  expect((await mesh.rest('POST', path, { content: 'wakes it' })).status).toBe(200)
})

// "Other users can only edit flags and only if they have the MANAGE_MESSAGES permission" and 50016 of the error table
test('too few messages for a bulk deletion, too many, and none of a direct message', async () => {
  await using mesh = await setUp()
  const bulk = (messages: string[]) => mesh.rest('POST', `${mesh.path}/bulk-delete`, { messages })
  const id = await mesh.fromMember()
  expect(await bulk([id])).toMatchObject({ status: 400, body: { code: 50016 } })
  expect(await bulk(Array.from({ length: 101 }, () => id))).toMatchObject({
    status: 400,
    body: { code: 50035 },
  })
  expect(await bulk([id, id])).toMatchObject({ status: 400, body: { code: 50035 } })
})
