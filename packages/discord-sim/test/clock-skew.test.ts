import { expect, test } from 'vitest'
import { VirtualClock } from '../src/index.ts'
import { snowflakeTimeMs } from '../src/snowflake.ts'
import { AppEndpoint } from './app-endpoint.ts'
import { RawGateway } from './raw-gateway.ts'
import { firstGuild, restCaller, startFast } from './sim-fixture.ts'

const hourMs = 3_600_000

/*
 * Ids and timestamps carry Discord's time, not the bot's: "Timestamp: Milliseconds since Discord Epoch"
 * (https://docs.discord.com/developers/reference#snowflakes). `X-RateLimit-Reset` is an absolute time of Discord's,
 * `X-RateLimit-Reset-After` is not (https://docs.discord.com/developers/topics/rate-limits#header-format).
 */
test.each([hourMs, -hourMs])('Discord’s clock differs by %i ms: all that it writes does', async (skew) => {
  const clock = new VirtualClock()
  await using sim = await startFast({ clock, clockSkewMs: skew })
  const rest = restCaller(sim)
  const { channelId } = await firstGuild(sim)
  const expected = clock.now() + skew
  const answer = await rest('POST', `/channels/${channelId}/messages`, { content: 'x' })
  const message = answer.body as { id: string; timestamp: string }
  expect(Date.parse(answer.headers.get('date') ?? '')).toBe(Math.floor(expected / 1_000) * 1_000)
  expect(snowflakeTimeMs(message.id)).toBe(expected)
  expect(Date.parse(message.timestamp)).toBe(expected)
  const resetMs = Number(answer.headers.get('x-ratelimit-reset')) * 1_000
  const resetAfterMs = Number(answer.headers.get('x-ratelimit-reset-after')) * 1_000
  expect(resetMs - resetAfterMs).toBeCloseTo(expected)
})

test('a skew that comes while it runs ends no session and no interaction', async () => {
  const clock = new VirtualClock()
  await using sim = await startFast({ clock, probeEveryMs: 0 })
  const { channelId, ownerId } = await firstGuild(sim)
  const app = await sim.control.app()
  await using endpoint = await new AppEndpoint(app.publicKey).listen()
  await sim.control.setInteractionsUrl({ url: endpoint.url })
  await restCaller(sim)('PUT', `/applications/${app.id}/commands`, [{ name: 'hi', description: 'Says hi' }])
  using gateway = await RawGateway.connect(sim.urls.gateway)
  await gateway.ready(app.token)
  expect(await sim.control.setClockSkew({ ms: hourMs })).toEqual({ now: clock.now() + hourMs })
  clock.advance(41_000)
  gateway.send(1, gateway.lastSeq)
  await gateway.frame((frame) => frame.op === 11)
  expect(gateway.closeCode).toBeNull()
  const view = await sim.control.runCommand({ userId: ownerId, channelId, command: 'hi' })
  expect(view).toMatchObject({ status: 'message', latencyMs: 0 })
  expect(snowflakeTimeMs(view.interactionId)).toBeGreaterThan(clock.now() + hourMs - 1)
})
