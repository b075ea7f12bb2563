// Source of this file: https://docs.discord.com/developers/resources/guild
import { PermissionFlagsBits as Bits } from 'discord-api-types/v10'
import { expect, test } from 'vitest'
import { firstGuild, restCaller, startFast } from './sim-fixture.ts'

async function setUp() {
  const sim = await startFast({ guilds: 1 })
  const place = await firstGuild(sim)
  const rest = restCaller(sim)
  const { guildId, guild } = place
  const botRole = [...guild.roles.values()].find(({ tags }) => tags?.bot_id === sim.world.app.botId)
  const onlyInGuild = async (...bits: bigint[]) => {
    await sim.control.updateRole({ guildId, roleId: guildId, permissions: '1024' })
    const permissions = bits.reduce((sum, bit) => sum | bit, 0n).toString()
    await sim.control.updateRole({ guildId, roleId: botRole?.id ?? '', permissions })
  }
  const member = `/guilds/${guildId}/members/${place.memberId}`
  const patch = (body: object) => rest('PATCH', member, body)
  const voice = async () => {
    const answer = await rest('POST', `/guilds/${guildId}/channels`, { name: 'voice', type: 2 })
    return (answer.body as { id: string }).id
  }
  return {
    sim,
    rest,
    patch,
    voice,
    onlyInGuild,
    botId: sim.world.app.botId,
    ...place,
    [Symbol.asyncDispose]: () => sim.stop(),
  }
}

const failure = (status: number, code: number) => ({ status, body: { code } })
const missing = failure(403, 50013)

// Section "Modify Guild Member": the permission of each field.
test.each<[field: string, body: object, needed: bigint[]]>([
  ['nick', { nick: 'x' }, [Bits.ManageNicknames]],
  ['roles', { roles: [] }, [Bits.ManageRoles]],
  ['mute', { mute: true }, [Bits.MuteMembers]],
  ['deaf', { deaf: true }, [Bits.DeafenMembers]],
  ['communication_disabled_until', { communication_disabled_until: null }, [Bits.ModerateMembers]],
  ['flags', { flags: 4 }, [Bits.ManageGuild]],
  ['flags', { flags: 4 }, [Bits.ManageRoles]],
  ['flags', { flags: 4 }, [Bits.ModerateMembers, Bits.KickMembers, Bits.BanMembers]],
])('%s of a member needs its own permission', async (_field, body, needed) => {
  await using mesh = await setUp()
  const channelId = await mesh.voice()
  await mesh.sim.control.moveVoice({ guildId: mesh.guildId, userId: mesh.memberId, channelId })
  await mesh.onlyInGuild()
  expect(await mesh.patch(body)).toMatchObject(missing)
  await mesh.onlyInGuild(...needed)
  expect((await mesh.patch(body)).status).toBe(200)
})

// "Will throw a 400 error if the user is not in a voice channel"; code 40032.
test('people are muted, deafened and moved while they are in voice', async () => {
  await using mesh = await setUp()
  const [first, second] = [await mesh.voice(), await mesh.voice()]
  await mesh.onlyInGuild(Bits.Administrator)
  for (const body of [{ mute: true }, { deaf: false }, { channel_id: first }, { channel_id: null }]) {
    expect(await mesh.patch(body)).toMatchObject(failure(400, 40_032))
  }
  await mesh.sim.control.moveVoice({ guildId: mesh.guildId, userId: mesh.memberId, channelId: first })
  const muted = await mesh.patch({ mute: true, channel_id: second })
  expect(muted).toMatchObject({ status: 200, body: { mute: true, deaf: false } })
  expect(mesh.guild.voiceStates.get(mesh.memberId)?.channelId).toBe(second)
  expect((await mesh.patch({ channel_id: null })).status).toBe(200)
  expect(mesh.guild.voiceStates.has(mesh.memberId)).toBe(false)
  const log = await mesh.rest('GET', `/guilds/${mesh.guildId}/audit-logs?limit=3`)
  const actions = (log.body as { audit_log_entries: { action_type: number; options?: object }[] })
    .audit_log_entries
  expect(actions.find(({ action_type: type }) => type === 26)?.options).toEqual({
    channel_id: second,
    count: '1',
  })
  expect(actions.some(({ action_type: type }) => type === 27)).toBe(true)
})

// "BYPASSES_VERIFICATION ... Editable: true", all others false.
test('one flag of a member can be edited', async () => {
  await using mesh = await setUp()
  expect((await mesh.patch({ flags: 0xff })).body).toMatchObject({ flags: 4 })
})

// https://docs.discord.com/developers/topics/permissions#permission-hierarchy: roles below the bot's are given and taken, whoever has them
test('roles are given and taken below the bot’s own, also of people above it', async () => {
  await using mesh = await setUp()
  const roles = [...mesh.guild.roles.values()]
  const regulars = roles.find(({ name }) => name === 'Regulars')
  const admins = roles.find(({ name }) => name === 'Admins')
  const owner = `/guilds/${mesh.guildId}/members/${mesh.ownerId}`
  expect((await mesh.rest('PATCH', owner, { roles: [regulars?.id, admins?.id] })).status).toBe(200)
  expect(await mesh.rest('PATCH', owner, { roles: [] })).toMatchObject(missing)
  expect(await mesh.rest('PATCH', owner, { nick: 'x' })).toMatchObject(missing)
})

// https://docs.discord.com/developers/resources/user#usernames-and-nicknames
test('a nickname is trimmed, and the empty one takes it away', async () => {
  await using mesh = await setUp()
  expect((await mesh.patch({ nick: '  two   words ' })).body).toMatchObject({ nick: 'two words' })
  expect((await mesh.patch({ nick: '' })).body).toMatchObject({ nick: null })
  expect(await mesh.patch({ nick: 'x'.repeat(33) })).toMatchObject({
    status: 400,
    body: { errors: { nick: { _errors: [{ code: 'BASE_TYPE_BAD_LENGTH' }] } } },
  })
})

// Section "Modify Current Member".
test('the bot has a picture of its own in a guild, and needs no permission for it', async () => {
  await using mesh = await setUp()
  await mesh.onlyInGuild()
  const own = `/guilds/${mesh.guildId}/members/@me`
  const avatar = 'data:image/gif;base64,R0lGODlhAQABAAAAACw='
  const answer = await mesh.rest('PATCH', own, { avatar })
  expect(answer).toMatchObject({ status: 200, body: { avatar: expect.stringMatching(/^a_[0-9a-f]{32}$/) } })
  expect(await mesh.rest('PATCH', own, { nick: 'x' })).toMatchObject(missing)
  expect(await mesh.rest('PATCH', own, { avatar: 'data:text/plain;base64,aGk=' })).toMatchObject({
    status: 400,
    body: { errors: { avatar: { _errors: [{ code: 'IMAGE_INVALID' }] } } },
  })
})

// "Users will always be returned in ascending order by `user.id`. If both `before` and `after` are provided, only `before` is respected."
test('bans are paged forwards and backwards, always in order', async () => {
  await using mesh = await setUp()
  const ids = []
  for (const name of ['a', 'b', 'c', 'd']) {
    const { id } = await mesh.sim.control.createUser({ username: `banned-${name}` })
    ids.push(id)
    expect((await mesh.rest('PUT', `/guilds/${mesh.guildId}/bans/${id}`, {})).status).toBe(204)
  }
  const page = async (query: string) => {
    const { body } = await mesh.rest('GET', `/guilds/${mesh.guildId}/bans?${query}`)
    return (body as { user: { id: string } }[]).map(({ user }) => user.id)
  }
  expect(await page(`limit=2&after=${ids[0]}`)).toEqual([ids[1], ids[2]])
  expect(await page(`limit=2&before=${ids[3]}`)).toEqual([ids[1], ids[2]])
  expect(await page(`limit=2&before=${ids[3]}&after=${ids[2]}`)).toEqual([ids[1], ids[2]])
})

// Section "Bulk Guild Ban"; the bot itself: https://github.com/discord/discord-api-docs/issues/7437
test('a bulk ban fails if it bans nobody, and leaves the bot out', async () => {
  await using mesh = await setUp()
  const path = `/guilds/${mesh.guildId}/bulk-ban`
  const ban = (...userIds: string[]) => mesh.rest('POST', path, { user_ids: userIds })
  expect(await ban(mesh.ownerId, mesh.botId)).toMatchObject(failure(400, 500_000))
  expect(await ban(mesh.botId)).toMatchObject({
    status: 200,
    body: { banned_users: [], failed_users: [] },
  })
  expect(await ban(mesh.memberId, mesh.ownerId, mesh.botId)).toMatchObject({
    status: 200,
    body: { banned_users: [mesh.memberId], failed_users: [mesh.ownerId] },
  })
})

// https://docs.discord.com/developers/resources/audit-log#audit-log-entry-object: "supports 1-512 URL-encoded UTF-8 characters"
test('a reason for the audit log has 512 characters', async () => {
  await using mesh = await setUp()
  const path = `/guilds/${mesh.guildId}/members/${mesh.memberId}`
  const withReason = (reason: string) =>
    mesh.rest(
      'PATCH',
      path,
      { nick: reason.slice(0, 5) },
      { 'x-audit-log-reason': encodeURIComponent(reason) },
    )
  expect((await withReason('ü'.repeat(512))).status).toBe(200)
  expect(await withReason('ü'.repeat(513))).toMatchObject({ status: 400, body: { code: 50035 } })
})

// Sections "Create Guild Role" and https://docs.discord.com/developers/topics/permissions#role-object-role-colors-object
test('what roles look like takes features of the guild', async () => {
  await using mesh = await setUp()
  const path = `/guilds/${mesh.guildId}/roles`
  const icon = 'data:image/png;base64,iVBORw0KGgo='
  const three = { primary_color: 1, secondary_color: 2, tertiary_color: 3 }
  for (const body of [{ icon }, { unicode_emoji: '🎈' }, { colors: three }]) {
    expect(await mesh.rest('POST', path, body)).toMatchObject(failure(403, 50101))
  }
  mesh.guild.features.push('ROLE_ICONS', 'ENHANCED_ROLE_COLORS')
  expect((await mesh.rest('POST', path, { icon, colors: three })).body).toMatchObject({
    icon: expect.stringMatching(/^[0-9a-f]{32}$/),
    color: 11_127_295,
    colors: { primary_color: 11_127_295, secondary_color: 16_759_788, tertiary_color: 16_761_760 },
  })
})

// Section "Modify Guild" and "Mutable Guild Features".
test('a guild’s pictures and features are changed by what it has and by whom', async () => {
  await using mesh = await setUp()
  const path = `/guilds/${mesh.guildId}`
  const patch = (body: object) => mesh.rest('PATCH', path, body)
  const banner = 'data:image/png;base64,iVBORw0KGgo='
  expect((await patch({ icon: banner })).body).toMatchObject({ icon: expect.any(String) })
  expect(await patch({ banner })).toMatchObject(failure(403, 50101))
  expect(await patch({ afk_timeout: 61 })).toMatchObject({ status: 400, body: { code: 50035 } })
  expect(await patch({ afk_channel_id: mesh.channelId })).toMatchObject({ status: 400 })
  expect((await patch({ features: ['INVITES_DISABLED', 'PARTNERED'] })).body).toMatchObject({
    features: ['INVITES_DISABLED'],
  })
  const community = {
    features: ['COMMUNITY'],
    rules_channel_id: mesh.channelId,
    public_updates_channel_id: mesh.channelId,
  }
  await mesh.onlyInGuild(Bits.ManageGuild)
  expect(await patch(community)).toMatchObject(missing)
  await mesh.onlyInGuild(Bits.Administrator)
  expect(await patch({ features: ['COMMUNITY'] })).toMatchObject({ status: 400 })
  expect((await patch(community)).body).toMatchObject({ features: ['COMMUNITY'] })
})
