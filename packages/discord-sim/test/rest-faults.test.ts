import { expect, test } from 'vitest'
import { firstGuild, restCaller, startFast } from './sim-fixture.ts'

/*
 * "502 (GATEWAY UNAVAILABLE): There was not a gateway available to process your request. Wait a bit and retry",
 * "5xx (SERVER ERROR): The server had an error processing your request": neither says that nothing happened.
 * https://docs.discord.com/developers/topics/opcodes-and-status-codes#http-http-response-codes
 */
test('a 5xx may come after the effect; the nonce tells the repeat apart', async () => {
  await using sim = await startFast({ strict: true })
  const rest = restCaller(sim)
  const { channelId, channel } = await firstGuild(sim)
  await sim.control.setRestFaults({
    faults: [{ method: 'POST', path: '/messages$', status: 503, afterEffect: true, times: 1 }],
  })
  const body = { content: 'once', nonce: 'n', enforce_nonce: true }
  const first = await rest('POST', `/channels/${channelId}/messages`, body)
  expect(first).toMatchObject({ status: 503, body: { message: '503: Service Unavailable', code: 0 } })
  expect(channel.messages?.size).toBe(1)
  const [made] = channel.messages?.keys() ?? []
  expect(await rest('POST', `/channels/${channelId}/messages`, body)).toMatchObject({ body: { id: made } })
  expect(channel.messages?.size).toBe(1)
  expect((await sim.control.clearFaults()).restFaultsPlayed).toEqual({ '503 after': 1 })
})

test('a connection lost after the effect leaves the caller without an answer', async () => {
  await using sim = await startFast()
  const rest = restCaller(sim)
  const { channelId, channel } = await firstGuild(sim)
  await sim.control.setRestFaults({
    faults: [
      { cut: 'after', times: 1 },
      { cut: 'before', times: 1 },
    ],
  })
  const send = () => rest('POST', `/channels/${channelId}/messages`, { content: 'x' })
  await expect(send()).rejects.toThrow('fetch failed')
  expect(channel.messages?.size).toBe(1)
  await expect(send()).rejects.toThrow('fetch failed')
  expect(channel.messages?.size).toBe(1)
})

/*
 * What the proxy in front of Discord answers is no JSON:
 * 403 https://github.com/discord/discord-api-docs/issues/3916, 520 https://github.com/discord/discord-api-docs/issues/7408,
 * 429 "Cloudflare bans" https://docs.discord.com/developers/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans,
 * 400 page of the same form https://github.com/DiscordMessenger/dm/issues/198. A 200 comes from a proxy on the bot's side.
 */
test.each([403, 429, 502, 520, 200])('a page instead of JSON: %i', async (status) => {
  await using sim = await startFast()
  const rest = restCaller(sim)
  const { channelId, channel } = await firstGuild(sim)
  await sim.control.setRestFaults({ faults: [{ status, body: 'html', times: 1 }] })
  const answer = await rest('POST', `/channels/${channelId}/messages`, { content: 'x' })
  expect(answer.status).toBe(status)
  expect(answer.headers.get('content-type')).toBe('text/html')
  expect(answer.headers.get('x-ratelimit-bucket')).toBeNull()
  expect(answer.body).toContain(`<title>${status} `)
  expect(channel.messages).toBeNull()
})

test('a page after the effect, and an answer that holds nothing', async () => {
  await using sim = await startFast()
  const rest = restCaller(sim)
  const { channelId, channel } = await firstGuild(sim)
  await sim.control.setRestFaults({
    faults: [
      { status: 502, body: 'html', afterEffect: true, times: 1 },
      { status: 500, body: 'empty', times: 1 },
    ],
  })
  const send = () => rest('POST', `/channels/${channelId}/messages`, { content: 'x' })
  expect((await send()).body).toContain('502 Bad Gateway')
  expect(channel.messages?.size).toBe(1)
  expect(await send()).toMatchObject({ status: 500, body: '' })
  expect(channel.messages?.size).toBe(1)
})

// 40333: https://docs.discord.com/developers/topics/opcodes-and-status-codes#json-json-error-codes
test('a 403 as JSON of the proxy is no verdict about a permission', async () => {
  await using sim = await startFast()
  await sim.control.setRestFaults({ faults: [{ status: 403, times: 1 }] })
  expect(await restCaller(sim)('GET', '/users/@me')).toMatchObject({
    status: 403,
    body: { code: 40333, message: 'internal network error' },
  })
})

/*
 * A single 401 with a token that is good: "The Authorization header was missing or invalid" is what it says, and
 * the next request shows that it was not so. It counts as invalid as any other.
 * https://docs.discord.com/developers/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans
 */
test('a single 401 passes, and is counted', async () => {
  await using sim = await startFast()
  const rest = restCaller(sim)
  await sim.control.setRestFaults({ faults: [{ status: 401, times: 1 }] })
  expect(await rest('GET', '/users/@me')).toMatchObject({
    status: 401,
    body: { message: '401: Unauthorized', code: 0 },
  })
  expect((await rest('GET', '/users/@me')).status).toBe(200)
  expect((await sim.control.report({})).rest.invalidRequests).toBe(1)
})

/*
 * "Your application should rely on the Retry-After header or retry_after field", and both may be large: the
 * example of a resource limit waits 22 minutes. "We return optional HTTP response headers".
 * https://docs.discord.com/developers/topics/rate-limits#exceeding-a-rate-limit
 */
test('a 429 that lasts for hours', async () => {
  await using sim = await startFast()
  await sim.control.setRestFaults({
    faults: [{ status: 429, scope: 'shared', retryAfterMs: 4 * 3_600_000, times: 1 }],
  })
  const answer = await restCaller(sim)('GET', '/users/@me')
  expect(answer).toMatchObject({ status: 429, body: { retry_after: 14_400, global: false } })
  expect(answer.headers.get('retry-after')).toBe('14400')
  expect(answer.headers.get('x-ratelimit-scope')).toBe('shared')
  expect((await sim.control.report({})).rest.invalidRequests).toBe(0)
})

test.each(['json', 'html', 'empty'] as const)('a 429 without headers: %s', async (body) => {
  await using sim = await startFast()
  await sim.control.setRestFaults({ faults: [{ status: 429, bare: true, body, times: 1 }] })
  const answer = await restCaller(sim)('GET', '/users/@me')
  expect(answer.status).toBe(429)
  const names = [...answer.headers.keys()]
  expect(names.filter((name) => name === 'retry-after' || name.startsWith('x-ratelimit'))).toEqual([])
  expect((await sim.control.report({})).rest.invalidRequests).toBe(1)
})
