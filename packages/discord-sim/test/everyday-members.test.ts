import { PermissionFlagsBits } from 'discord-api-types/v10'
import { expect, test } from 'vitest'
import { VirtualClock } from '../src/index.ts'
import type { DiscordSim } from '../src/index.ts'
import { isoTimestamp } from '../src/timestamp.ts'
import { dispatchesDuring } from './dispatches-during.ts'
import { RawGateway } from './raw-gateway.ts'
import { firstGuild, restCaller, startFast } from './sim-fixture.ts'

async function connected(sim: DiscordSim): Promise<RawGateway> {
  const gateway = await RawGateway.connect(sim.urls.gateway)
  const ready = await gateway.ready((await sim.control.app()).token)
  await gateway.until(() => gateway.dispatches('GUILD_CREATE').length === ready.guilds.length)
  return gateway
}

// USER_JOIN: https://docs.discord.com/developers/resources/message#message-object-message-types
test('who joins is told by a system message in their name, unless the guild suppresses it', async () => {
  await using sim = await startFast({ guilds: 1 })
  const { guildId, guild } = await firstGuild(sim)
  using gateway = await connected(sim)
  const join = async () => {
    const user = await sim.control.createUser({ username: 'fresh' })
    const events = await dispatchesDuring(sim, gateway, () =>
      sim.control.addMember({ guildId, userId: user.id }),
    )
    return { user, events }
  }
  const { user, events } = await join()
  expect(events.map(({ name }) => name)).toEqual(['GUILD_MEMBER_ADD', 'MESSAGE_CREATE'])
  expect(events[1]?.d).toMatchObject({
    type: 7,
    content: '',
    author: { id: user.id },
    channel_id: guild.systemChannelId,
  })
  // SUPPRESS_JOIN_NOTIFICATIONS: https://docs.discord.com/developers/resources/guild#guild-object-system-channel-flags
  await sim.control.setGuildEntrance({ guildId, systemChannelFlags: 1 })
  expect((await join()).events.map(({ name }) => name)).toEqual(['GUILD_MEMBER_ADD'])
})

/*
 * GUILD_BOOST and its tiers, `premium_since` and `premium_tier`:
 * https://docs.discord.com/developers/resources/message#message-object-message-types,
 * https://docs.discord.com/developers/resources/guild#guild-object-guild-structure
 */
test('a boost changes member and guild and is told by a system message; the second reaches tier 1', async () => {
  await using sim = await startFast({ guilds: 1 })
  const { guildId, memberId } = await firstGuild(sim)
  using gateway = await connected(sim)
  const boost = () =>
    dispatchesDuring(sim, gateway, () => sim.control.boostGuild({ guildId, userId: memberId }))
  const first = await boost()
  expect(first).toMatchObject([
    { name: 'GUILD_MEMBER_UPDATE', d: { premium_since: expect.any(String) } },
    { name: 'MESSAGE_CREATE', d: { type: 8, author: { id: memberId } } },
    { name: 'GUILD_UPDATE', d: { premium_subscription_count: 1, premium_tier: 0 } },
  ])
  expect(await boost()).toMatchObject([
    { name: 'GUILD_MEMBER_UPDATE' },
    { name: 'MESSAGE_CREATE', d: { type: 9 } },
    { name: 'GUILD_UPDATE', d: { premium_subscription_count: 2, premium_tier: 1 } },
  ])
})

/*
 * "when a member joins, Guild Member Add will be emitted but they will initially be restricted from doing any actions
 * in the guild, and `pending` will be true … When the member completes the screening, Guild Member Update will be
 * emitted and `pending` will be false."
 * https://docs.discord.com/developers/resources/guild#membership-screening-object
 */
test('with screening, a newcomer is pending and can do nothing until it is passed', async () => {
  await using sim = await startFast({ guilds: 1 })
  const { guildId, channelId } = await firstGuild(sim)
  await sim.control.setGuildEntrance({ guildId, screening: true, systemChannelFlags: 1 })
  using gateway = await connected(sim)
  const user = await sim.control.createUser({ username: 'fresh' })
  const place = { guildId, userId: user.id }
  await sim.control.addMember(place)
  expect((await gateway.dispatch('GUILD_MEMBER_ADD')).d).toMatchObject({ pending: true, flags: 0 })
  const write = () => sim.control.sendMessage({ channelId, userId: user.id, content: 'hello' })
  await expect(write()).rejects.toThrow('pending')
  await sim.control.completeScreening(place)
  expect((await gateway.dispatch('GUILD_MEMBER_UPDATE')).d).toMatchObject({ pending: false })
  await write()
  /*
   * "In non `GUILD_` events which can only be triggered by non-`pending` users, `pending` will not be included."
   * https://docs.discord.com/developers/resources/guild#guild-member-object-guild-member-structure
   */
  expect((await gateway.dispatch('MESSAGE_CREATE')).d).not.toHaveProperty('member.pending')
})

// DID_REJOIN and others that cannot be set: https://docs.discord.com/developers/resources/guild#guild-member-object-guild-member-flags
test('who comes back is flagged, and flags of onboarding and auto moderation come by GUILD_MEMBER_UPDATE', async () => {
  await using sim = await startFast({ guilds: 1 })
  const { guildId, memberId: userId } = await firstGuild(sim)
  using gateway = await connected(sim)
  await sim.control.removeMember({ guildId, userId })
  expect(await sim.control.addMember({ guildId, userId })).toMatchObject({ flags: 1 })
  expect((await gateway.dispatch('GUILD_MEMBER_ADD')).d).toMatchObject({ flags: 1 })
  const quarantined = 1 | (1 << 7)
  await sim.control.setMemberFlags({ guildId, userId, flags: quarantined })
  expect((await gateway.dispatch('GUILD_MEMBER_UPDATE')).d).toMatchObject({ flags: quarantined })
})

/*
 * `primary_guild`: https://docs.discord.com/developers/resources/user#user-object-user-primary-guild; told by Guild Member
 * Update, which "will also fire when the user object of a guild member changes":
 * https://docs.discord.com/developers/events/gateway-events#guild-member-update
 */
test('a guild’s tag beside a name is told in every guild of that person, and when it is taken off', async () => {
  await using sim = await startFast({ guilds: 2 })
  const [one, two] = await sim.control.guilds()
  if (!one || !two) throw new Error('two guilds were asked for')
  const user = await sim.control.createUser({ username: 'proud' })
  for (const { id: guildId } of [one, two]) await sim.control.addMember({ guildId, userId: user.id })
  using gateway = await connected(sim)
  const worn = { guildId: one.id, tag: 'MOSS' }
  const put = await dispatchesDuring(sim, gateway, () => sim.control.wearGuildTag({ userId: user.id, worn }))
  expect(put).toMatchObject([
    { name: 'GUILD_MEMBER_UPDATE', d: { user: { primary_guild: { tag: 'MOSS', identity_enabled: true } } } },
    { name: 'GUILD_MEMBER_UPDATE', d: { user: { primary_guild: { identity_guild_id: one.id } } } },
  ])
  const off = await dispatchesDuring(sim, gateway, () =>
    sim.control.wearGuildTag({ userId: user.id, worn: null }),
  )
  expect(off[0]?.d).toMatchObject({ user: { primary_guild: { tag: null, identity_enabled: false } } })
})

/*
 * "Both can be enabled for a maximal timespan of 24 hours in the future", "Supplying null disables the action", with
 * MANAGE_GUILD: https://docs.discord.com/developers/resources/guild#modify-guild-incident-actions
 */
test('invites and direct messages can be paused for a day', async () => {
  const clock = new VirtualClock()
  await using sim = await startFast({ clock, guilds: 1 })
  const rest = restCaller(sim)
  const { guildId, memberId } = await firstGuild(sim)
  using gateway = await connected(sim)
  const path = `/guilds/${guildId}/incident-actions`
  const inHours = (hours: number) => isoTimestamp(clock.now() + hours * 3_600_000)
  const tooLong = await rest('PUT', path, { invites_disabled_until: inHours(25) })
  expect(tooLong).toMatchObject({ status: 400, body: { code: 50035 } })
  const until = inHours(2)
  expect(
    (await rest('PUT', path, { invites_disabled_until: until, dms_disabled_until: until })).body,
  ).toEqual({
    invites_disabled_until: until,
    dms_disabled_until: until,
  })
  expect((await gateway.dispatch('GUILD_UPDATE')).d).toMatchObject({
    incidents_data: { invites_disabled_until: until },
  })
  const user = await sim.control.createUser({ username: 'late' })
  await expect(sim.control.addMember({ guildId, userId: user.id })).rejects.toThrow('paused')
  const direct = await sim.control.openDirectMessage({ userId: memberId })
  const write = () => rest('POST', `/channels/${direct.id}/messages`, { content: 'hello' })
  // 50007: https://docs.discord.com/developers/topics/opcodes-and-status-codes#json-json-error-codes
  expect(await write()).toMatchObject({ status: 403, body: { code: 50007 } })
  clock.advance(2 * 3_600_000)
  await sim.control.addMember({ guildId, userId: user.id })
  expect((await write()).status).toBe(200)
  await sim.control.setIncidentActions({ guildId, invitesMs: 60_000 })
  expect((await rest('PUT', path, { invites_disabled_until: null })).body).toMatchObject({
    invites_disabled_until: null,
  })
})

/*
 * "it is possible that a role or member could be added to an overwrite during a role deletion or member removal. Our
 * recommendation would be to ignore unresolved references you encounter."
 * https://github.com/discord/discord-api-docs/issues/4303
 */
test('overwrites may name roles and members that are gone', async () => {
  await using sim = await startFast({ guilds: 1 })
  const rest = restCaller(sim)
  const { guildId, channelId, memberId } = await firstGuild(sim)
  using gateway = await connected(sim)
  const role = await sim.control.createRole({ guildId, name: 'short-lived' })
  const deny = PermissionFlagsBits.SendMessages.toString()
  const overwrites = [
    { id: role.id, type: 0 as const, allow: '0', deny },
    { id: '100000000000000001', type: 1 as const, allow: '0', deny },
  ]
  await sim.control.updateChannel({ channelId, overwrites })
  await sim.control.deleteRole({ guildId, roleId: role.id, leaveOverwrites: true })
  await gateway.dispatch('GUILD_ROLE_DELETE')
  const shown = (await rest('GET', `/channels/${channelId}`)).body as {
    permission_overwrites: { id: string }[]
  }
  expect(shown.permission_overwrites.map(({ id }) => id)).toEqual(overwrites.map(({ id }) => id))
  await sim.control.sendMessage({ channelId, userId: memberId, content: 'still allowed' })
})
