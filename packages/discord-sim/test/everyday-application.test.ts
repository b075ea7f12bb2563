import { expect, test } from 'vitest'
import { VirtualClock } from '../src/index.ts'
import type { DiscordSim } from '../src/index.ts'
import { AppEndpoint } from './app-endpoint.ts'
import { dispatchesDuring } from './dispatches-during.ts'
import { grantEverything } from './everyday-tour.ts'
import { RawGateway } from './raw-gateway.ts'
import { firstGuild, restCaller, startFast } from './sim-fixture.ts'

async function connected(sim: DiscordSim, shard: [number, number] = [0, 1]): Promise<RawGateway> {
  const gateway = await RawGateway.connect(sim.urls.gateway)
  const ready = await gateway.ready((await sim.control.app()).token, { shard })
  await gateway.until(() => gateway.dispatches('GUILD_CREATE').length === ready.guilds.length)
  return gateway
}

/*
 * https://docs.discord.com/developers/resources/guild-scheduled-event: fields by entity type, and the transitions SCHEDULED →
 * ACTIVE → COMPLETED, SCHEDULED → CANCELED
 */
test('scheduled events: who follows, which status comes next, what each kind needs', async () => {
  await using sim = await startFast({ guilds: 1 })
  const rest = restCaller(sim)
  await grantEverything(sim)
  const { guildId, memberId } = await firstGuild(sim)
  using gateway = await connected(sim)
  const seen = await dispatchesDuring(sim, gateway, async () => {
    const { id: eventId } = await sim.control.createScheduledEvent({ guildId, name: 'Picnic' })
    await sim.control.followScheduledEvent({ guildId, eventId, userId: memberId })
    await sim.control.setScheduledEventStatus({ guildId, eventId, status: 2 })
    await expect(sim.control.setScheduledEventStatus({ guildId, eventId, status: 4 })).rejects.toThrow(
      'finished',
    )
    await sim.control.setScheduledEventStatus({ guildId, eventId, status: 3 })
    await sim.control.deleteScheduledEvent({ guildId, eventId })
  })
  expect(seen.filter(({ name }) => name?.startsWith('GUILD_SCHEDULED'))).toMatchObject([
    {
      name: 'GUILD_SCHEDULED_EVENT_CREATE',
      d: { entity_type: 3, channel_id: null, entity_metadata: { location: 'the park' }, status: 1 },
    },
    { name: 'GUILD_SCHEDULED_EVENT_USER_ADD', d: { user_id: memberId, guild_id: guildId } },
    { name: 'GUILD_SCHEDULED_EVENT_UPDATE', d: { status: 2 } },
    { name: 'GUILD_SCHEDULED_EVENT_UPDATE', d: { status: 3 } },
    { name: 'GUILD_SCHEDULED_EVENT_DELETE' },
  ])
  const form = {
    name: 'Nowhere',
    privacy_level: 2,
    entity_type: 3,
    scheduled_start_time: new Date(Date.now() + 60_000).toISOString(),
  }
  expect(await rest('POST', `/guilds/${guildId}/scheduled-events`, form)).toMatchObject({
    status: 400,
    body: { code: 50035, errors: { entity_metadata: {} } },
  })
})

// https://docs.discord.com/developers/resources/voice#get-user-voice-state; 10065: JSON error codes
test('voice states can be read, of those who are connected', async () => {
  await using sim = await startFast({ guilds: 1 })
  const rest = restCaller(sim)
  const { guildId, guild, memberId } = await firstGuild(sim)
  const path = `/guilds/${guildId}/voice-states/${memberId}`
  expect(await rest('GET', path)).toMatchObject({ status: 404, body: { code: 10065 } })
  const lounge = [...guild.channels.values()].find((channel) => channel.type === 2)?.id ?? ''
  await sim.control.moveVoice({ guildId, userId: memberId, channelId: lounge })
  expect(await rest('GET', path)).toMatchObject({
    status: 200,
    body: { channel_id: lounge, guild_id: guildId },
  })
})

/*
 * Integration Create and Delete, "with `user` omitted", and Guild Integrations Update:
 * https://docs.discord.com/developers/events/gateway-events#integrations
 */
test('another bot comes and goes as an integration', async () => {
  await using sim = await startFast({ guilds: 1 })
  const { guildId } = await firstGuild(sim)
  await sim.control.setGuildEntrance({ guildId, systemChannelFlags: 1 })
  using gateway = await connected(sim)
  const seen = await dispatchesDuring(sim, gateway, async () => {
    const { id: integrationId } = await sim.control.addOtherBot({ guildId, name: 'Music' })
    await sim.control.removeOtherBot({ guildId, integrationId })
  })
  const named = seen.filter(({ name }) => name !== 'GUILD_AUDIT_LOG_ENTRY_CREATE')
  expect(named.map(({ name }) => name)).toEqual([
    'INTEGRATION_CREATE',
    'GUILD_INTEGRATIONS_UPDATE',
    'GUILD_MEMBER_ADD',
    'INTEGRATION_DELETE',
    'GUILD_INTEGRATIONS_UPDATE',
    'GUILD_MEMBER_REMOVE',
  ])
  expect(named[0]?.d).toMatchObject({ guild_id: guildId, type: 'discord', application: { name: 'Music' } })
  expect(named[0]?.d).not.toHaveProperty('user')
})

/*
 * "Gateway events that do not contain a guild_id will only be sent to the first shard (shard_id: 0). This includes Direct
 * Message (DM), subscription and entitlement events." https://docs.discord.com/developers/events/gateway#sharding
 * "Entitlements are not deleted when they expire." https://docs.discord.com/developers/events/gateway-events#entitlement-delete
 */
test('entitlements come on shard 0 even where they name a guild of another shard, and with interactions', async () => {
  const clock = new VirtualClock()
  await using sim = await startFast({ clock, guilds: 6 })
  const rest = restCaller(sim)
  const elsewhere = [...sim.world.guilds.values()].find((guild) => guild.shardKey % 2 === 1)
  if (!elsewhere) throw new Error('no guild is on shard 1')
  using zero = await connected(sim, [0, 2])
  using one = await connected(sim, [1, 2])
  const skuId = sim.world.ids.next()
  const { id } = await sim.control.createEntitlement({ skuId, guildId: elsewhere.id })
  expect((await zero.dispatch('ENTITLEMENT_CREATE')).d).toMatchObject({ id, guild_id: elsewhere.id, type: 8 })
  expect(one.dispatches('ENTITLEMENT_CREATE')).toEqual([])

  const app = await sim.control.app()
  await rest('PUT', `/applications/${app.id}/commands`, [{ name: 'gold', description: 'For subscribers' }])
  const channelId = elsewhere.systemChannelId ?? ''
  const run = async () => {
    const running = sim.control.runCommand({
      userId: elsewhere.ownerId,
      channelId,
      command: 'gold',
      until: 'first',
      timeoutMs: 1,
    })
    clock.advance(3_001)
    await running
    await one.until(() => one.dispatches('INTERACTION_CREATE').length > 0)
    return one.dispatches('INTERACTION_CREATE').at(-1)?.d
  }
  expect(await run()).toMatchObject({ entitlements: [{ id, sku_id: skuId }] })
  await sim.control.endEntitlement({ entitlementId: id })
  expect((await zero.dispatch('ENTITLEMENT_UPDATE')).d).toMatchObject({ id, ends_at: expect.any(String) })
  expect(zero.dispatches('ENTITLEMENT_DELETE')).toEqual([])
  const listed = `/applications/${app.id}/entitlements`
  expect((await rest('GET', listed)).body).toMatchObject([{ id }])
  expect((await rest('GET', `${listed}?exclude_ended=true`)).body).toEqual([])
  await sim.control.deleteEntitlement({ entitlementId: id })
  expect((await zero.dispatch('ENTITLEMENT_DELETE')).d).toMatchObject({ id, deleted: true })
})

/** An application's webhook events URL: 204 for whatever is signed, or what it is told to answer. */
async function withEventsUrl(sim: DiscordSim) {
  const endpoint = await new AppEndpoint((await sim.control.app()).publicKey).listen()
  endpoint.answersPings = false
  endpoint.handler = () => ({ status: 204 })
  return endpoint
}

/*
 * "Discord will send a POST request with a PING payload with a type: 0 … acknowledge the request by returning a 204 response
 * with an empty body"; "If the signature fails validation, your app should respond with a 401".
 * https://docs.discord.com/developers/events/webhook-events#preparing-for-events
 */
test('a webhook events URL is taken after a PING and a bad signature, by the control API and by REST', async () => {
  await using sim = await startFast({ guilds: 1 })
  const rest = restCaller(sim)
  await using endpoint = await withEventsUrl(sim)
  endpoint.handler = () => ({ status: 200, body: {} })
  const patch = { event_webhooks_url: endpoint.url, event_webhooks_status: 2 }
  const refused = await rest('PATCH', '/applications/@me', patch)
  expect(refused).toMatchObject({ status: 400, body: { code: 50035, errors: { event_webhooks_url: {} } } })
  endpoint.handler = () => ({ status: 204 })
  endpoint.badSignatureStatus = 204
  expect((await rest('PATCH', '/applications/@me', patch)).status).toBe(400)
  endpoint.badSignatureStatus = 401
  const types = ['APPLICATION_AUTHORIZED']
  expect(await rest('PATCH', '/applications/@me', { ...patch, event_webhooks_types: types })).toMatchObject({
    status: 200,
    body: { event_webhooks_url: endpoint.url, event_webhooks_status: 2, event_webhooks_types: types },
  })
  expect(endpoint.received.at(-1)).toMatchObject({ version: 1, type: 0, application_id: sim.world.app.id })
})

/*
 * The outer payload and the event: https://docs.discord.com/developers/events/webhook-events#webhook-event-payloads; the
 * timestamp of its example has no time zone.
 */
test('what happens to the application is posted: authorized, deauthorized, entitlements', async () => {
  await using sim = await startFast({ guilds: 1 })
  const { memberId: userId } = await firstGuild(sim)
  await using endpoint = await withEventsUrl(sim)
  await sim.control.setEventWebhooks({ url: endpoint.url })
  await sim.control.installForUser({ userId })
  await sim.control.installForUser({ userId, installed: false })
  await sim.control.createEntitlement({ skuId: sim.world.ids.next(), userId })
  await expect.poll(async () => (await sim.control.webhookEvents({})).delivered).toBe(3)
  const events = endpoint.received.filter((received) => received.type === 1)
  const byType = new Map(events.map((received) => [(received.event as { type: string }).type, received]))
  expect(byType.get('APPLICATION_AUTHORIZED')).toMatchObject({
    version: 1,
    application_id: sim.world.app.id,
    event: { data: { integration_type: 1, scopes: ['applications.commands'], user: { id: userId } } },
  })
  expect(byType.get('APPLICATION_AUTHORIZED')?.event).toHaveProperty(
    'timestamp',
    expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/),
  )
  expect(byType.get('APPLICATION_DEAUTHORIZED')).toMatchObject({ event: { data: { user: { id: userId } } } })
  expect(byType.get('ENTITLEMENT_CREATE')).toMatchObject({ event: { data: { user_id: userId } } })
})

/*
 * "respond with a 204 status code with no body within 3 seconds … If your app doesn't respond to the webhook event, Discord
 * will retry sending it several times using exponential backoff for up to 10 minutes. If your app fails to respond too
 * often, Discord will stop sending you webhook events": https://docs.discord.com/developers/events/webhook-events#responding-to-events
 */
test('an event that is not answered with 204 comes again, later each time, and is given up after ten minutes', async () => {
  const clock = new VirtualClock()
  await using sim = await startFast({ clock, guilds: 1 })
  const { memberId: userId } = await firstGuild(sim)
  await using endpoint = await withEventsUrl(sim)
  await sim.control.setEventWebhooks({ url: endpoint.url })
  const pingsSeen = endpoint.received.length
  const posts = () => endpoint.received.length - pingsSeen
  endpoint.handler = () => ({ status: 500 })
  await sim.control.installForUser({ userId })
  let waitMs = 1_000
  let passedMs = 0
  const waiting = async () => (await sim.control.webhookEvents({})).waiting
  for (let attempt = 1; passedMs + waitMs <= 600_000; attempt++) {
    await expect.poll(posts).toBe(attempt)
    await expect.poll(waiting).toBe(1)
    clock.advance(waitMs)
    passedMs += waitMs
    waitMs *= 2
  }
  await expect.poll(async () => (await sim.control.webhookEvents({})).givenUp).toBe(1)
  expect(posts()).toBeGreaterThan(5)
  endpoint.handler = () => ({ status: 204 })
  await sim.control.installForUser({ userId, installed: false })
  await expect.poll(async () => (await sim.control.webhookEvents({})).delivered).toBe(1)
})

// `user` and `application` are two fields of READY: https://docs.discord.com/developers/events/gateway-events#ready-ready-event-fields
test('the bot user of an old application has an id of its own, everywhere', async () => {
  await using sim = await startFast({ guilds: 1, botUser: 'own', strict: true })
  const rest = restCaller(sim)
  const app = await sim.control.app()
  expect(app.botId).not.toBe(app.id)
  const { guildId, channelId, ownerId } = await firstGuild(sim)
  using gateway = await connected(sim)
  expect(gateway.dispatches('READY')[0]?.d).toMatchObject({
    user: { id: app.botId },
    application: { id: app.id },
  })
  expect((await rest('GET', '/users/@me')).body).toMatchObject({ id: app.botId })
  expect((await rest('GET', '/applications/@me')).body).toMatchObject({ id: app.id, bot: { id: app.botId } })
  expect((await rest('GET', `/guilds/${guildId}/members/${app.botId}`)).status).toBe(200)
  expect((await rest('GET', `/guilds/${guildId}/members/${app.id}`)).status).toBe(404)
  expect((await rest('PUT', `/applications/${app.botId}/commands`, [])).status).toBe(404)
  await rest('PUT', `/applications/${app.id}/commands`, [{ name: 'hi', description: 'Says hi' }])
  const running = sim.control.runCommand({ userId: ownerId, channelId, command: 'hi', until: 'first' })
  const { id, token } = sim.latestInteraction()
  await rest('POST', `/interactions/${id}/${token}/callback`, { type: 4, data: { content: 'hi' } })
  const view = await running
  expect(view.message).toMatchObject({ author: { id: app.botId }, application_id: app.id })
  const more = await rest('POST', `/webhooks/${app.id}/${token}`, { content: 'more' })
  expect(more.body).toMatchObject({ author: { id: app.botId } })
})

/*
 * Permissions of a command in a guild beat its default, whom they name or through a role; a channel can be switched off;
 * administrators may always: https://docs.discord.com/developers/interactions/application-commands#permissions
 */
test('people without the default permission use a command where the guild lets them', async () => {
  const clock = new VirtualClock()
  await using sim = await startFast({ clock, guilds: 1 })
  const rest = restCaller(sim)
  const { guildId, guild, channelId, ownerId, memberId } = await firstGuild(sim)
  const app = await sim.control.app()
  const forFew = { name: 'purge', description: 'Purges', default_member_permissions: '0' }
  const [command] = (await rest('PUT', `/applications/${app.id}/commands`, [forFew])).body as { id: string }[]
  const commandId = command?.id ?? ''
  using gateway = await connected(sim)
  const mayUse = async (userId: string) => {
    const running = sim.control.runCommand({
      userId,
      channelId,
      command: 'purge',
      until: 'first',
      timeoutMs: 1,
    })
    clock.advance(3_001)
    return running.then(
      () => true,
      () => false,
    )
  }
  const decide = (permissions: { id: string; type: 1 | 2 | 3; permission: boolean }[]) =>
    sim.control.setCommandPermissions({ guildId, commandId, permissions })
  expect(await mayUse(memberId)).toBe(false)
  await decide([{ id: memberId, type: 2, permission: true }])
  expect((await gateway.dispatch('APPLICATION_COMMAND_PERMISSIONS_UPDATE')).d).toMatchObject({
    id: commandId,
    application_id: app.id,
    guild_id: guildId,
    permissions: [{ id: memberId, type: 2, permission: true }],
  })
  expect(await mayUse(memberId)).toBe(true)
  const sent = (await gateway.dispatch('INTERACTION_CREATE')).d as { member: { permissions: string } }
  expect(BigInt(sent.member.permissions) & 8n).toBe(0n)
  await decide([
    { id: memberId, type: 2, permission: true },
    { id: channelId, type: 3, permission: false },
  ])
  expect(await mayUse(memberId)).toBe(false)
  expect(await mayUse(ownerId)).toBe(true)
  const regulars = [...guild.roles.values()].find((role) => role.name === 'Regulars')?.id ?? ''
  await sim.control.updateMember({ guildId, userId: memberId, roles: [regulars] })
  await decide([
    { id: guildId, type: 1, permission: false },
    { id: regulars, type: 1, permission: true },
  ])
  expect(await mayUse(memberId)).toBe(true)
})

/*
 * "Autocomplete sends you the user input (which is a string) … Once they run the command, you will get a fully validated
 * input": https://github.com/discord/discord-api-docs/issues/4338; nothing typed is an empty string:
 * https://github.com/discord/discord-api-docs/issues/4956; other options may be missing though required:
 * https://docs.discord.com/developers/interactions/application-commands#autocomplete
 */
test.each(['', '-', '1.', 'abc', '12'])('a number that is being typed is the text %j', async (typed) => {
  const clock = new VirtualClock()
  await using sim = await startFast({ clock, guilds: 1 })
  const { channelId, ownerId: userId } = await firstGuild(sim)
  const options = [
    { type: 3, name: 'reason', description: 'Why', required: true },
    { type: 4, name: 'days', description: 'How many', autocomplete: true },
  ]
  await restCaller(sim)('PUT', `/applications/${(await sim.control.app()).id}/commands`, [
    { name: 'mute', description: 'Mutes', options },
  ])
  using gateway = await connected(sim)
  const at = { userId, channelId, command: 'mute' }
  const asking = sim.control.autocomplete({ ...at, options: { days: typed }, focused: 'days', timeoutMs: 1 })
  clock.advance(3_001)
  await asking
  const sent = (await gateway.dispatch('INTERACTION_CREATE')).d as { data: { options: object[] } }
  expect(sent.data.options).toEqual([{ type: 4, name: 'days', value: typed, focused: true }])
  const running = sim.control.runCommand({ ...at, options: { reason: 'loud', days: typed } })
  await expect(running).rejects.toThrow('whole number')
})
