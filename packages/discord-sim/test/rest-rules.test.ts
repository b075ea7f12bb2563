import { expect, test } from 'vitest'
import { VirtualClock } from '../src/index.ts'
import { firstGuild, restCaller, startFast } from './sim-fixture.ts'

const idOf = (answer: { body: unknown }) => (answer.body as { id: string }).id

test.each([
  ['an unknown route', 'GET', '/guilds-of-old', undefined, 404, 0],
  ['a known path with another method', 'PUT', '/gateway/bot', undefined, 405, 0],
  ['a malformed snowflake', 'GET', '/channels/12a', undefined, 400, 50035],
  // `SnowflakeType` has any number of digits: https://github.com/discord/discord-api-spec/blob/main/specs/openapi.json
  ['a short snowflake', 'GET', '/channels/12', undefined, 404, 10003],
  ['an unknown channel', 'GET', '/channels/100000000000000000', undefined, 404, 10003],
  ['an unknown guild', 'GET', '/guilds/100000000000000000', undefined, 404, 10004],
  ['an unknown user', 'GET', '/users/100000000000000000', undefined, 404, 10013],
  ['an unknown invite', 'GET', '/invites/nothing', undefined, 404, 10006],
  ['an unknown webhook', 'POST', '/webhooks/100000000000000000/x', { content: 'a' }, 404, 10015],
  ['an unknown interaction', 'POST', '/interactions/100000000000000000/x/callback', { type: 4 }, 404, 10062],
])('%s gets Discord’s own error', async (_, method, path, body, status, code) => {
  await using sim = await startFast()
  expect(await restCaller(sim)(method, path, body)).toMatchObject({
    status,
    body: { code, message: expect.any(String) },
  })
})

test.each([
  ['nothing', {}, 50006, null],
  ['too long a text', { content: 'x'.repeat(2_001) }, 50035, 'content'],
  [
    'content beside components v2',
    { content: 'x', flags: 1 << 15, components: [{ type: 10, content: 'y' }] },
    50035,
    'content',
  ],
  [
    'a button without custom_id',
    { components: [{ type: 1, components: [{ type: 2, style: 1, label: 'x' }] }] },
    50035,
    'components',
  ],
  ['v2 components without the flag', { components: [{ type: 10, content: 'x' }] }, 50035, 'components'],
  [
    'a reply to nothing',
    { content: 'x', message_reference: { message_id: '100000000000000000' } },
    50035,
    'message_reference',
  ],
  ['eleven embeds', { embeds: Array.from({ length: 11 }, () => ({ title: 'x' })) }, 50035, 'embeds'],
  [
    'embeds of more than 6,000 characters',
    { embeds: [1, 2].map(() => ({ description: 'x'.repeat(4_000) })) },
    50035,
    'embeds',
  ],
])('a message with %s is refused', async (_, body, code, field) => {
  await using sim = await startFast()
  const { channelId } = await firstGuild(sim)
  const answer = await restCaller(sim)('POST', `/channels/${channelId}/messages`, body)
  expect(answer).toMatchObject({ status: 400, body: { code } })
  if (field !== null) expect(answer.body).toHaveProperty(`errors.${field}`)
})

test('bodies that are no JSON, and tokens that are none', async () => {
  await using sim = await startFast()
  const { channelId } = await firstGuild(sim)
  const { token } = await sim.control.app()
  const url = `${sim.urls.api}/v10/channels/${channelId}/messages`
  const headers = { authorization: `Bot ${token}`, 'content-type': 'application/json' }
  const broken = await fetch(url, { method: 'POST', headers, body: '{"content":' })
  expect([broken.status, await broken.json()]).toMatchObject([400, { code: 50109 }])
  expect(await restCaller(sim)('GET', '/users/@me', undefined, { authorization: 'Bot x' })).toMatchObject({
    status: 401,
    body: { message: '401: Unauthorized', code: 0 },
  })
})

test('the three prefixes and an encoded @ lead to the same place', async () => {
  await using sim = await startFast()
  const { token } = await sim.control.app()
  for (const path of ['/v10/users/@me', '/v9/users/%40me', '/users/@me']) {
    const response = await fetch(`${sim.urls.api}${path}`, { headers: { authorization: `Bot ${token}` } })
    expect(await response.json()).toMatchObject({ id: sim.world.app.botId })
  }
})

test('what the bot may do follows from its roles, overwrites and place in the order', async () => {
  await using sim = await startFast()
  const rest = restCaller(sim)
  const { guildId, channelId, ownerId, memberId, guild } = await firstGuild(sim)
  const botRole = [...guild.roles.values()].find((role) => role.tags?.bot_id === sim.world.app.botId)
  expect(await rest('PUT', `/guilds/${guildId}/bans/${ownerId}`, {})).toMatchObject({
    status: 403,
    body: { code: 50013 },
  })
  await sim.control.updateChannel({
    channelId,
    overwrites: [{ id: sim.world.app.botId, type: 1, allow: '0', deny: String(1 << 11) }],
  })
  expect(await rest('POST', `/channels/${channelId}/messages`, { content: 'x' })).toMatchObject({
    status: 403,
    body: { code: 50013 },
  })
  await sim.control.updateChannel({
    channelId,
    overwrites: [{ id: guildId, type: 0, allow: '0', deny: String(1 << 10) }],
  })
  expect(await rest('GET', `/channels/${channelId}`)).toMatchObject({ status: 403, body: { code: 50001 } })
  await sim.control.updateRole({ guildId, roleId: botRole?.id ?? '', permissions: '0' })
  expect(await rest('DELETE', `/guilds/${guildId}/members/${memberId}`)).toMatchObject({
    status: 403,
    body: { code: 50013 },
  })
  await sim.control.removeBot({ guildId })
  expect(await rest('GET', `/guilds/${guildId}`)).toMatchObject({ status: 403, body: { code: 50001 } })
})

test('a bot may not give roles that stand above its own', async () => {
  await using sim = await startFast()
  const { guildId, memberId, guild } = await firstGuild(sim)
  const admins = [...guild.roles.values()].find((role) => role.name === 'Admins')?.id
  expect(
    await restCaller(sim)('PUT', `/guilds/${guildId}/members/${memberId}/roles/${admins}`),
  ).toMatchObject({
    status: 403,
    body: { code: 50013 },
  })
})

test('files come as multipart, are described, and can be fetched again', async () => {
  await using sim = await startFast()
  const { channelId } = await firstGuild(sim)
  const form = new FormData()
  form.set(
    'payload_json',
    JSON.stringify({ content: 'log', attachments: [{ id: 0, description: 'the log' }] }),
  )
  form.set('files[0]', new Blob(['line 1'], { type: 'text/plain' }), 'log.txt')
  const { body } = await restCaller(sim)('POST', `/channels/${channelId}/messages`, form)
  const [attachment] = (body as { attachments: { url: string }[] }).attachments
  expect(attachment).toMatchObject({
    filename: 'log.txt',
    size: 6,
    description: 'the log',
    content_type: 'text/plain',
  })
  expect(await (await fetch(attachment?.url ?? '')).text()).toBe('line 1')
})

test('messages are paged by before, after and around', async () => {
  await using sim = await startFast()
  const { channelId, ownerId } = await firstGuild(sim)
  const ids: string[] = []
  for (let index = 0; index < 9; index++) {
    ids.push((await sim.control.sendMessage({ channelId, userId: ownerId, content: `${index}` })).id)
  }
  const page = async (query: string) => {
    const { body } = await restCaller(sim)('GET', `/channels/${channelId}/messages?${query}`)
    return (body as { content: string }[]).map((message) => message.content).join('')
  }
  expect(await page('limit=3')).toBe('876')
  expect(await page(`limit=3&before=${ids[5]}`)).toBe('432')
  expect(await page(`limit=3&after=${ids[5]}`)).toBe('876')
  expect(await page(`limit=3&after=${ids[1]}`)).toBe('432')
  expect(await page('limit=3&after=0')).toBe('210')
  expect(await page(`limit=3&around=${ids[4]}`)).toBe('543')
})

test('the audit log is newest first, by before too; behind an entry it is oldest first', async () => {
  await using sim = await startFast()
  const { guildId, ownerId, channelId } = await firstGuild(sim)
  for (let index = 0; index < 6; index++) {
    await sim.control.updateChannel({ channelId, actorId: ownerId, topic: `${index}` })
  }
  interface Entry {
    id: string
    changes: { new_value: string }[]
  }
  const log = async (query: string) => {
    const { body } = await restCaller(sim)('GET', `/guilds/${guildId}/audit-logs?action_type=11&${query}`)
    return (body as { audit_log_entries: Entry[] }).audit_log_entries
  }
  const topics = (entries: Entry[]) => entries.map(({ changes }) => changes[0]?.new_value).join('')
  const all = await log('limit=100')
  const idAt = (index: number) => all.at(-1 - index)?.id
  expect(topics(all)).toBe('543210')
  expect(topics(await log(`limit=2&before=${idAt(4)}`))).toBe('32')
  expect(topics(await log(`limit=2&after=${idAt(1)}`))).toBe('23')
  expect(topics(await log(`limit=2&after=${idAt(4)}`))).toBe('5')
  expect(await log(`limit=2&after=${idAt(5)}`)).toEqual([])
})

test('members are listed by rising id, behind any id, also one that is no member', async () => {
  await using sim = await startFast()
  const { guildId, guild } = await firstGuild(sim)
  const ids = [...guild.members.keys()].toSorted((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1))
  const list = async (query: string) => {
    const { body } = await restCaller(sim)('GET', `/guilds/${guildId}/members?${query}`)
    return (body as { user: { id: string } }[]).map(({ user }) => user.id)
  }
  expect(await list('limit=1000')).toEqual(ids)
  expect(await list(`limit=3&after=${ids[4]}`)).toEqual(ids.slice(5, 8))
  expect(await list(`limit=3&after=${BigInt(ids[4] ?? 0) - 1n}`)).toEqual(ids.slice(4, 7))
  expect(await list(`limit=3&after=${ids.at(-1)}`)).toEqual([])
})

test('the active threads of a guild are those that are not archived, its channels those that are no threads', async () => {
  await using sim = await startFast()
  const rest = restCaller(sim)
  const { guildId, channelId } = await firstGuild(sim)
  const thread = async (name: string) =>
    idOf(await rest('POST', `/channels/${channelId}/threads`, { name, type: 11 }))
  const [active, archived] = [await thread('active'), await thread('archived')]
  await rest('PATCH', `/channels/${archived}`, { archived: true })
  const threads = (await rest('GET', `/guilds/${guildId}/threads/active`)).body as {
    threads: { id: string }[]
  }
  expect(threads.threads.map(({ id }) => id)).toEqual([active])
  const channels = (await rest('GET', `/guilds/${guildId}/channels`)).body as { id: string }[]
  expect(channels.map(({ id }) => id)).toContain(channelId)
  expect(channels.map(({ id }) => id)).not.toContain(active)
})

test('enforce_nonce answers with the message that is there, for a while', async () => {
  const clock = new VirtualClock()
  await using sim = await startFast({ clock })
  const { channelId } = await firstGuild(sim)
  const send = () =>
    restCaller(sim)('POST', `/channels/${channelId}/messages`, {
      content: 'x',
      nonce: 'n1',
      enforce_nonce: true,
    })
  const first = idOf(await send())
  expect(idOf(await send())).toBe(first)
  clock.advance(10 * 60_000)
  expect(idOf(await send())).not.toBe(first)
})

test('commands keep their ids through an overwrite, and their form is checked', async () => {
  await using sim = await startFast()
  const rest = restCaller(sim)
  const path = `/applications/${sim.world.app.id}/commands`
  const setup = { name: 'setup', description: 'Sets up' }
  const before = (await rest('PUT', path, [setup])).body as { id: string; version: string }[]
  const after = (await rest('PUT', path, [setup, { name: 'Report', type: 3 }])).body as typeof before
  expect(after[0]).toEqual(before[0])
  expect((await rest('POST', path, setup)).status).toBe(200)
  expect((await rest('POST', path, { name: 'other', description: 'x' })).status).toBe(201)
  for (const wrong of [{ name: 'Set Up', description: 'x' }, { name: 'setup' }]) {
    expect(await rest('POST', path, wrong)).toMatchObject({ status: 400, body: { code: 50035 } })
  }
  expect(await rest('PUT', path, [setup, setup])).toMatchObject({ status: 400, body: { code: 50035 } })
})

test('strict mode fails at the end for a route that is not simulated', async () => {
  const sim = await startFast({ strict: true })
  await restCaller(sim)('GET', '/soundboard-default-sounds')
  expect((await sim.control.report({})).violations).toEqual([
    'unknown route: GET /api/v10/soundboard-default-sounds',
  ])
  await expect(sim.stop()).rejects.toThrow('unknown route: GET /api/v10/soundboard-default-sounds')
})

test('REST faults: statuses, lost answers, latency, and their end', async () => {
  await using sim = await startFast()
  const rest = restCaller(sim)
  const { channelId } = await firstGuild(sim)
  const send = () => rest('POST', `/channels/${channelId}/messages`, { content: 'x', nonce: 'n' })
  await sim.control.setRestFaults({ faults: [{ method: 'POST', path: '/messages$', status: 503, times: 1 }] })
  expect((await send()).status).toBe(503)
  expect((await send()).status).toBe(200)

  await sim.control.setRestFaults({
    faults: [
      { path: '/messages$', cut: 'before', times: 1 },
      { path: '/messages$', cut: 'after', times: 1 },
    ],
  })
  await expect(send()).rejects.toThrow('fetch failed')
  expect(await sim.control.messages({ channelId })).toHaveLength(1)
  await expect(send()).rejects.toThrow('fetch failed')
  expect(await sim.control.messages({ channelId })).toHaveLength(2)

  await sim.control.setRestFaults({ faults: [{ status: 429, scope: 'shared', retryAfterMs: 2_500 }] })
  const limited = await send()
  expect(limited).toMatchObject({ status: 429, body: { retry_after: 2.5, global: false } })
  expect(limited.headers.get('x-ratelimit-scope')).toBe('shared')
  await sim.control.clearFaults()
  expect((await send()).status).toBe(200)
})
