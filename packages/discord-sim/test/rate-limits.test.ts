import { REST, RESTEvents, Routes } from 'discord.js'
import { expect, test } from 'vitest'
import { startDiscordSim, VirtualClock } from '../src/index.ts'
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
