// Source of this file: https://docs.discord.com/developers/topics/rate-limits; others are named where they are used.
import { REST, RESTEvents, Routes } from 'discord.js'
import { expect, test } from 'vitest'
import { startDiscordSim, VirtualClock } from '../src/index.ts'
import type { DiscordSimOptions } from '../src/index.ts'
import { firstGuild, restCaller } from './sim-fixture.ts'

test('a bucket counts down, refuses with scope and Retry-After, and opens again', async () => {
  const clock = new VirtualClock()
  await using sim = await startDiscordSim({ clock })
  const { channelId, guild } = await firstGuild(sim)
  const rest = restCaller(sim)
  const send = (id: string) => rest('POST', `/channels/${id}/messages`, { content: 'x' })
  for (const remaining of ['4', '3', '2', '1', '0']) {
    const answer = await send(channelId)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('x-ratelimit-remaining')).toBe(remaining)
    expect(answer.headers.get('x-ratelimit-limit')).toBe('5')
    expect(answer.headers.get('x-ratelimit-bucket')).toMatch(/^[0-9a-f]{32}$/)
  }
  clock.advance(1_250)
  const refused = await send(channelId)
  expect(refused).toMatchObject({ status: 429, body: { retry_after: 3.75, global: false } })
  expect(refused.headers.get('x-ratelimit-scope')).toBe('user')
  expect(refused.headers.get('retry-after')).toBe('4')
  expect(refused.headers.get('x-ratelimit-reset-after')).toBe('3.750')
  const other = [...guild.channels.values()].find((channel) => channel.name === 'off-topic')
  expect((await send(other?.id ?? '')).status).toBe(200)
  clock.advance(3_750)
  expect((await send(channelId)).status).toBe(200)
})

test('the whole bot has 50 requests a second; interaction callbacks are exempt', async () => {
  const clock = new VirtualClock()
  await using sim = await startDiscordSim({ clock, guilds: 60 })
  const rest = restCaller(sim)
  const guilds = await sim.control.guilds()
  await rest('PUT', `/applications/${sim.world.app.id}/commands`, [{ name: 'x', description: 'x' }])
  clock.advance(1_000)
  for (const guild of guilds.slice(0, 50)) expect((await rest('GET', `/guilds/${guild.id}`)).status).toBe(200)
  const refused = await rest('GET', `/guilds/${guilds[50]?.id}`)
  expect(refused).toMatchObject({ status: 429, body: { global: true, retry_after: 1 } })
  expect(refused.headers.get('x-ratelimit-global')).toBe('true')
  expect(refused.headers.get('x-ratelimit-scope')).toBe('global')

  const { channelId, ownerId } = await firstGuild(sim)
  const pending = sim.control.runCommand({ userId: ownerId, channelId, command: 'x' })
  const { id, token } = sim.latestInteraction()
  const answer = await rest('POST', `/interactions/${id}/${token}/callback`, {
    type: 4,
    data: { content: 'hi' },
  })
  expect(answer.status).toBe(204)
  expect((await pending).status).toBe('message')
})

test('too many invalid requests block the address without JSON; shared 429s do not count', async () => {
  const clock = new VirtualClock()
  await using sim = await startDiscordSim({ clock, rateLimits: { invalidPerTenMinutes: 5 } })
  const rest = restCaller(sim)
  const wrong = () => rest('GET', '/users/@me', undefined, { authorization: 'Bot wrong' })
  for (let tries = 0; tries < 5; tries++) expect((await wrong()).status).toBe(401)
  expect(await wrong()).toMatchObject({ status: 429, body: 'error code: 1015' })
  expect((await rest('GET', '/users/@me')).status).toBe(429)
  clock.advance(10 * 60_000)
  expect((await rest('GET', '/users/@me')).status).toBe(200)
})

test.each([
  ['user', 'You are being rate limited.', true],
  ['shared', 'The resource is being rate limited.', true],
  ['global', 'You are being rate limited.', false],
] as const)(
  'a 429 of scope %s has the text and the headers of that scope',
  async (scope, message, hasBucket) => {
    await using sim = await startDiscordSim()
    const { channelId } = await firstGuild(sim)
    const rest = restCaller(sim)
    await sim.control.setRestFaults({ faults: [{ status: 429, scope, retryAfterMs: 1_337_500, times: 1 }] })
    const answer = await rest('POST', `/channels/${channelId}/messages`, { content: 'x' })
    expect(answer).toMatchObject({ status: 429 })
    expect(answer.body).toEqual({ message, retry_after: 1_337.5, global: scope === 'global' })
    expect(answer.headers.get('retry-after')).toBe('1338')
    expect(answer.headers.get('x-ratelimit-scope')).toBe(scope)
    expect(answer.headers.get('x-ratelimit-global')).toBe(scope === 'global' ? 'true' : null)
    expect(answer.headers.has('x-ratelimit-bucket')).toBe(hasBucket)
    // What is left of the bucket, which says nothing of the resource.
    expect(answer.headers.get('x-ratelimit-remaining')).toBe(hasBucket ? '5' : null)
  },
)

// "rate limits apply per-route but for a particular user. with oauth2 you are authorizing a request as a user":
// https://github.com/discord/discord-api-docs/issues/647
test('people have buckets of their own through OAuth2, apart from one another and from the bot', async () => {
  const clock = new VirtualClock()
  await using sim = await startDiscordSim({ clock, guilds: 1 })
  const { ownerId, memberId } = await firstGuild(sim)
  const bearerOf = async (userId: string) => {
    const { accessToken } = await sim.control.grantToken({ userId })
    return { authorization: `Bearer ${accessToken}` }
  }
  const [phone, laptop, other] = [await bearerOf(ownerId), await bearerOf(ownerId), await bearerOf(memberId)]
  const guilds = (headers: Record<string, string>) =>
    restCaller(sim)('GET', '/users/@me/guilds', undefined, headers)
  expect((await guilds(phone)).status).toBe(200)
  const refused = await guilds(laptop)
  expect(refused).toMatchObject({ status: 429, body: { global: false } })
  expect(refused.headers.get('x-ratelimit-scope')).toBe('user')
  expect((await guilds(other)).status).toBe(200)
  expect((await guilds({})).status).toBe(200)
  clock.advance(1_000)
  expect((await guilds(laptop)).status).toBe(200)
})

// "Some routes don't return rate limit headers (Such as when creating webhooks)":
// https://github.com/discord/discord-api-docs/pull/3426
test('some routes are limited without saying so', async () => {
  await using sim = await startDiscordSim()
  const { channelId } = await firstGuild(sim)
  const answer = await restCaller(sim)('POST', `/channels/${channelId}/webhooks`, { name: 'h' })
  expect(answer.status).toBe(200)
  expect([...answer.headers.keys()].filter((name) => name.startsWith('x-ratelimit'))).toEqual([])
})

/** A simulator on a clock that stands still, whose buckets are moved on between requests. */
async function onResources(options: DiscordSimOptions = {}) {
  const clock = new VirtualClock()
  const sim = await startDiscordSim({ clock, guilds: 1, heartbeatIntervalMs: 1e9, ...options })
  const call = restCaller(sim)
  const rest = async (...input: Parameters<typeof call>) => {
    clock.advance(20)
    return call(...input)
  }
  return { clock, sim, rest, ...(await firstGuild(sim)), [Symbol.asyncDispose]: () => sim.stop() }
}

// https://github.com/discord/discord-api-docs/issues/1900 (the headers of the third rename: 4 of 5 remaining) and
// https://github.com/discordjs/discord.js/issues/6651 (threads; people can rename more often)
test('a channel is renamed twice in ten minutes, whatever its bucket says; other changes go on', async () => {
  await using mesh = await onResources()
  const change = (body: object, id = mesh.channelId) => mesh.rest('PATCH', `/channels/${id}`, body)
  expect((await change({ name: 'a' })).status).toBe(200)
  expect((await change({ name: 'b' })).status).toBe(200)
  mesh.clock.advance(15_000)
  const refused = await change({ name: 'c' })
  expect(refused).toMatchObject({
    status: 429,
    body: { message: 'You are being rate limited.', global: false },
  })
  expect(refused.headers.get('x-ratelimit-remaining')).toBe('4')
  expect(refused.headers.get('x-ratelimit-scope')).toBe('user')
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(580)
  expect((refused.body as { retry_after: number }).retry_after).toBeGreaterThan(580)
  expect((await change({ topic: 'a' })).status).toBe(200)
  expect((await change({ nsfw: true })).status).toBe(200)
  mesh.clock.advance(15_000)
  const { body } = await mesh.rest('POST', `/channels/${mesh.channelId}/threads`, { name: 't', type: 11 })
  const thread = (body as { id: string }).id
  for (const status of [200, 200, 429]) {
    expect((await change({ name: `${status}` }, thread)).status).toBe(status)
  }
  mesh.clock.advance(600_000)
  expect((await change({ name: 'c' })).status).toBe(200)
})

// 30046: https://github.com/discord-userdoccers/discord-userdoccers/pull/551 (3 in 6 seconds and channel)
test('messages older than an hour are edited three times in six seconds', async () => {
  await using mesh = await onResources()
  const path = `/channels/${mesh.channelId}/messages`
  const { id } = (await mesh.rest('POST', path, { content: 'x' })).body as { id: string }
  const edit = (content: string) => mesh.rest('PATCH', `${path}/${id}`, { content })
  for (const content of ['1', '2', '3', '4']) expect((await edit(content)).status).toBe(200)
  mesh.clock.advance(3_600_000)
  for (const content of ['1', '2', '3']) expect((await edit(content)).status).toBe(200)
  const refused = await edit('4')
  expect(refused).toMatchObject({ status: 429, body: { code: 30046, global: false } })
  expect(refused.headers.get('x-ratelimit-scope')).toBe('shared')
  mesh.clock.advance(6_000)
  expect((await edit('4')).status).toBe(200)
})

// https://github.com/discord/discord-api-docs/issues/4043
test('all webhooks of a channel have thirty messages a minute, beside their own buckets', async () => {
  await using mesh = await onResources()
  const make = async () =>
    (await mesh.rest('POST', `/channels/${mesh.channelId}/webhooks`, { name: 'h' })).body as {
      id: string
      token: string
    }
  const hooks = [await make(), await make()]
  let refused
  for (let index = 0; index < 31; index++) {
    mesh.clock.advance(500)
    const { id, token } = hooks[index % 2] ?? { id: '', token: '' }
    refused = await mesh.rest('POST', `/webhooks/${id}/${token}`, { content: 'x' })
    if (index < 30) expect(refused.status).toBe(204)
  }
  expect(refused).toMatchObject({
    status: 429,
    body: { message: 'The resource is being rate limited.', global: false },
  })
  expect(refused?.headers.get('x-ratelimit-scope')).toBe('shared')
  expect(Number(refused?.headers.get('x-ratelimit-remaining'))).toBeGreaterThan(0)
})

// 20028, 20029: https://docs.discord.com/developers/topics/opcodes-and-status-codes#json and
// https://github.com/discord/discord-api-docs/pull/8290 (the body)
test('writes to a channel, and to a server, are limited together', async () => {
  const resources = {
    channelWrites: { limit: 2, windowMs: 1_000 },
    guildWrites: { limit: 3, windowMs: 1_000 },
  }
  await using mesh = await onResources({ rateLimits: { resources } })
  const send = (channelId: string) => mesh.rest('POST', `/channels/${channelId}/messages`, { content: 'x' })
  await send(mesh.channelId)
  await send(mesh.channelId)
  const refused = await send(mesh.channelId)
  expect(refused).toMatchObject({
    status: 429,
    body: {
      message: 'The write action you are performing on the channel has hit the write rate limit.',
      code: 20028,
      global: false,
    },
  })
  expect(refused.headers.get('x-ratelimit-scope')).toBe('shared')
  expect((await mesh.rest('GET', `/channels/${mesh.channelId}/messages`)).status).toBe(200)
  const other = [...mesh.guild.channels.values()].find(({ name }) => name === 'off-topic')?.id ?? ''
  expect((await send(other)).status).toBe(200)
  expect(await send(other)).toMatchObject({ status: 429, body: { code: 20029 } })
})

// 30034: https://docs.discord.com/developers/interactions/application-commands#registering-a-command; a 429 by
// https://github.com/discordjs/discord.js/issues/10458
test('no more than 200 commands are created a day and guild, and a list that is too long creates none', async () => {
  await using mesh = await onResources()
  const path = `/applications/${mesh.sim.world.app.id}/commands`
  const list = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({ name: `${prefix}${index}`, description: 'x' }))
  for (const prefix of ['a', 'b']) {
    mesh.clock.advance(20_000)
    expect((await mesh.rest('PUT', path, list(prefix, 90))).status).toBe(200)
  }
  mesh.clock.advance(20_000)
  const refused = await mesh.rest('PUT', path, list('c', 21))
  expect(refused).toMatchObject({ status: 429, body: { code: 30034, global: false } })
  expect((refused.body as { retry_after: number }).retry_after).toBeGreaterThan(86_000)
  expect((await mesh.rest('GET', path)).body).toHaveLength(90)
  expect((await mesh.rest('PUT', path, list('b', 90))).status).toBe(200)
  mesh.clock.advance(86_400_000)
  expect((await mesh.rest('PUT', path, list('c', 21))).status).toBe(200)
})

// 30035: "There is not a hard limit, but rather a rate limit", https://github.com/discord/discord-api-docs/pull/4048
test('bans of people who are not there are limited, those of members are not', async () => {
  const resources = { nonMemberBans: { limit: 1, windowMs: 86_400_000 } }
  await using mesh = await onResources({ rateLimits: { resources } })
  const stranger = async () => (await mesh.sim.control.createUser({ username: 'x' })).id
  const ban = (userId: string) => mesh.rest('PUT', `/guilds/${mesh.guildId}/bans/${userId}`, {})
  const first = await stranger()
  expect((await ban(first)).status).toBe(204)
  expect((await ban(first)).status).toBe(204)
  expect(await ban(await stranger())).toMatchObject({ status: 429, body: { code: 30035 } })
  expect((await ban(mesh.memberId)).status).toBe(204)
})

// 160006: "there is a limit on the maximum number of active threads in a guild", with status 400
// (https://github.com/pR0Ps/slack-to-discord/issues/16)
test('a guild has a thousand active threads', async () => {
  await using mesh = await onResources({ rateLimits: { enforced: false } })
  const start = () => mesh.rest('POST', `/channels/${mesh.channelId}/threads`, { name: 't', type: 11 })
  const { id } = (await start()).body as { id: string }
  for (let index = 1; index < 1_000; index++) await start()
  expect(await start()).toMatchObject({ status: 400, body: { code: 160006 } })
  await mesh.rest('PATCH', `/channels/${id}`, { archived: true })
  expect((await start()).status).toBe(201)
  expect(await mesh.rest('PATCH', `/channels/${id}`, { archived: false })).toMatchObject({
    body: { code: 160006 },
  })
})

test('a discord.js REST client under load stays inside all limits', async () => {
  await using sim = await startDiscordSim({ guilds: 8 })
  const { token } = await sim.control.app()
  const rest = new REST({ api: sim.urls.api }).setToken(token)
  const refused: string[] = []
  rest.on(RESTEvents.RateLimited, (info) => refused.push(info.scope))
  const channels = [...sim.world.guilds.values()].map((guild) => guild.systemChannelId ?? '')
  const calls = channels.flatMap((channelId) =>
    Array.from({ length: 8 }, (_, index) =>
      rest.post(Routes.channelMessages(channelId), { body: { content: `m${index}` } }),
    ),
  )
  await Promise.all(calls)
  const report = await sim.control.report({})
  expect(report.rest.requests.create_message).toBe(64)
  expect(report.rest.rateLimited).toEqual({ user: 0, global: 0, shared: 0, blocked: 0 })
  expect(refused.length).toBeGreaterThan(0)
}, 20_000)
