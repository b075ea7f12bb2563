// Source of this file: https://docs.discord.com/developers/resources/channel and
// https://docs.discord.com/developers/resources/guild; codes: https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
import { PermissionFlagsBits as Bits } from 'discord-api-types/v10'
import { expect, test } from 'vitest'
import { firstGuild, restCaller, startFast } from './sim-fixture.ts'

async function setUp() {
  const sim = await startFast({ guilds: 1 })
  const place = await firstGuild(sim)
  const rest = restCaller(sim)
  const { guildId, guild } = place
  const botRole = [...guild.roles.values()].find(({ tags }) => tags?.bot_id === sim.world.app.botId)
  const make = async (body: object) => {
    const answer = await rest('POST', `/guilds/${guildId}/channels`, { name: 'x', ...body })
    expect(answer.status).toBe(201)
    return answer.body as { id: string }
  }
  /** Leaves the bot with these permissions in the guild, and members with the sight of channels. */
  const onlyInGuild = async (...bits: bigint[]) => {
    await sim.control.updateRole({ guildId, roleId: guildId, permissions: '1024' })
    const permissions = bits.reduce((sum, bit) => sum | bit, 0n).toString()
    await sim.control.updateRole({ guildId, roleId: botRole?.id ?? '', permissions })
  }
  return {
    sim,
    rest,
    make,
    onlyInGuild,
    botId: sim.world.app.botId,
    ...place,
    [Symbol.asyncDispose]: () => sim.stop(),
  }
}

const refused = (field: string, code: string) => ({
  status: 400,
  body: { code: 50035, errors: { [field]: { _errors: [{ code }] } } },
})
const missing = { status: 403, body: { code: 50013 } }

// Section "Create Guild Channel": limits by type.
test.each<[what: string, body: object, field: string, code: string]>([
  ['a topic of 1,025', { topic: 'x'.repeat(1_025) }, 'topic', 'BASE_TYPE_MAX_LENGTH'],
  ['more than 96 kbit/s without boosts', { type: 2, bitrate: 96_001 }, 'bitrate', 'NUMBER_TYPE_MAX'],
  ['more than 64 kbit/s on a stage', { type: 13, bitrate: 64_001 }, 'bitrate', 'NUMBER_TYPE_MAX'],
  ['room for 100 people', { type: 2, user_limit: 100 }, 'user_limit', 'NUMBER_TYPE_MAX'],
  ['a slow mode above six hours', { rate_limit_per_user: 21_601 }, 'rate_limit_per_user', 'NUMBER_TYPE_MAX'],
  ['an unknown parent', { parent_id: '123456789012345678' }, 'parent_id', 'CHANNEL_PARENT_INVALID'],
])('a channel with %s is refused', async (_what, body, field, code) => {
  await using mesh = await setUp()
  expect(await mesh.rest('POST', `/guilds/${mesh.guildId}/channels`, { name: 'x', ...body })).toMatchObject(
    refused(field, code),
  )
})

test('a forum has a longer topic, a stage more room, and a parent must be a category', async () => {
  await using mesh = await setUp()
  await mesh.make({ type: 15, topic: 'x'.repeat(4_096) })
  await mesh.make({ type: 13, user_limit: 10_000 })
  const path = `/guilds/${mesh.guildId}/channels`
  const body = { name: 'x', parent_id: mesh.channelId }
  expect(await mesh.rest('POST', path, body)).toMatchObject(
    refused('parent_id', 'CHANNEL_PARENT_INVALID_TYPE'),
  )
})

test('a category holds fifty channels', async () => {
  await using mesh = await setUp()
  const { id } = await mesh.make({ type: 4 })
  for (let count = 0; count < 50; count += 1) await mesh.make({ parent_id: id })
  const answer = await mesh.rest('POST', `/guilds/${mesh.guildId}/channels`, { name: 'x', parent_id: id })
  expect(answer).toMatchObject(refused('parent_id', 'CHANNEL_PARENT_MAX_CHANNELS'))
})

// "only conversion between text and announcement is supported and only in guilds with the "NEWS" feature"
test('a channel becomes another type in guilds with news alone', async () => {
  await using mesh = await setUp()
  const path = `/channels/${mesh.channelId}`
  expect(await mesh.rest('PATCH', path, { type: 5 })).toMatchObject({ status: 400, body: { code: 50024 } })
  mesh.guild.features.push('NEWS')
  expect(await mesh.rest('PATCH', path, { type: 5 })).toMatchObject({ status: 200, body: { type: 5 } })
  expect(await mesh.rest('PATCH', path, { type: 2 })).toMatchObject({ status: 400, body: { code: 50024 } })
})

// "Only permissions your bot has in the guild or parent channel (if applicable) can be allowed/denied (unless your bot has a
// MANAGE_ROLES overwrite in the channel)." "Setting MANAGE_ROLES permission in channels is only possible for guild administrators."
test('overwrites touch only what the bot has itself', async () => {
  await using mesh = await setUp()
  await mesh.onlyInGuild(Bits.ManageChannels, Bits.ManageRoles, Bits.SendMessages)
  const path = `/channels/${mesh.channelId}/permissions/${mesh.guildId}`
  const set = (allow: bigint, deny = 0n) =>
    mesh.rest('PUT', path, { type: 0, allow: allow.toString(), deny: deny.toString() })
  expect((await set(0n, Bits.SendMessages)).status).toBe(204)
  expect(await set(Bits.MentionEveryone)).toMatchObject(missing)
  expect(await set(Bits.ManageRoles)).toMatchObject(missing)
  const overwrites = [{ id: mesh.guildId, type: 0, allow: Bits.MentionEveryone.toString() }]
  const inForm = { permission_overwrites: overwrites }
  expect(await mesh.rest('PATCH', `/channels/${mesh.channelId}`, inForm)).toMatchObject(missing)
  expect(await mesh.rest('POST', `/guilds/${mesh.guildId}/channels`, { name: 'x', ...inForm })).toMatchObject(
    missing,
  )
  await mesh.sim.control.updateChannel({
    channelId: mesh.channelId,
    overwrites: [{ id: mesh.botId, type: 1, allow: Bits.ManageRoles.toString(), deny: '0' }],
  })
  expect((await set(Bits.MentionEveryone)).status).toBe(204)
})

// Section "Modify Guild Channel Positions".
test('positions: one channel a request changes its category, and each entry is checked by what it changes', async () => {
  await using mesh = await setUp()
  const first = await mesh.make({ name: 'a' })
  const second = await mesh.make({ name: 'b' })
  const { id: category } = await mesh.make({
    type: 4,
    permission_overwrites: [{ id: mesh.guildId, type: 0, deny: Bits.AddReactions.toString() }],
  })
  const move = (...moves: object[]) => mesh.rest('PATCH', `/guilds/${mesh.guildId}/channels`, moves)
  expect(
    await move({ id: first.id, parent_id: category }, { id: second.id, parent_id: category }),
  ).toMatchObject({ status: 400, body: { code: 40009 } })
  expect((await move({ id: first.id, parent_id: category, lock_permissions: true })).status).toBe(204)
  expect((await mesh.rest('GET', `/channels/${first.id}`)).body).toMatchObject({
    parent_id: category,
    permission_overwrites: [{ id: mesh.guildId, deny: Bits.AddReactions.toString() }],
  })
  await mesh.sim.control.updateChannel({
    channelId: second.id,
    overwrites: [{ id: mesh.botId, type: 1, allow: '0', deny: Bits.ViewChannel.toString() }],
  })
  // Reordering does not need the sight of a channel, moving it does.
  expect((await move({ id: second.id, position: 9 })).status).toBe(204)
  expect(await move({ id: second.id, parent_id: category })).toMatchObject({
    status: 403,
    body: { code: 50001 },
  })
})

// https://docs.discord.com/developers/topics/permissions#implicit-permissions: "For voice and stage channels, denying the CONNECT
// permission also implicitly denies other permissions"
test('who may not connect to a voice channel can do nothing in it', async () => {
  await using mesh = await setUp()
  const { id } = await mesh.make({ type: 2 })
  await mesh.sim.control.updateChannel({
    channelId: id,
    overwrites: [{ id: mesh.botId, type: 1, allow: '0', deny: Bits.Connect.toString() }],
  })
  expect(await mesh.rest('POST', `/channels/${id}/messages`, { content: 'x' })).toMatchObject(missing)
  expect(await mesh.rest('PATCH', `/channels/${id}`, { name: 'y' })).toMatchObject(missing)
  expect((await mesh.rest('GET', `/channels/${id}`)).status).toBe(200)
})

// "For Community guilds, the Rules or Guidelines channel and the Community Updates channel cannot be deleted."
test('the channels of a community stay', async () => {
  await using mesh = await setUp()
  const { id } = await mesh.make({})
  await mesh.rest('PATCH', `/guilds/${mesh.guildId}`, { public_updates_channel_id: id })
  expect(await mesh.rest('DELETE', `/channels/${id}`)).toMatchObject({ status: 400, body: { code: 50074 } })
})
