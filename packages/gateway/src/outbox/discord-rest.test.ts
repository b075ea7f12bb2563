import { type DiscordSim, startDiscordSim } from '@guildmesh/discord-sim'
import { Metrics, systemClock } from '@guildmesh/runtime'
import { expect, test } from 'vitest'
import { discordRest, type RestRequest } from './discord-rest.ts'
import { RestBudget } from './rest-budget.ts'

const log = { debug() {}, info() {}, warn() {}, error() {} }

/** The outbox's way to a simulated Discord, and a channel in which messages are made. */
async function withDiscord() {
  const sim = await startDiscordSim({ guilds: 1, probeEveryMs: 0, rateLimits: { enforced: false } })
  const { token } = await sim.control.app()
  const budget = new RestBudget({
    quotas: { requests: () => 1000, invalid: () => 1000 },
    clock: systemClock,
    log,
    metrics: new Metrics({ processMetrics: false }),
  })
  const rest = discordRest({ baseUrl: sim.urls.api, token: { reveal: () => token }, budget })
  const channel = [...sim.world.channels.values()].find(({ name }) => name === 'general')
  if (!channel) throw new Error('no general channel')
  const request: RestRequest = {
    method: 'POST',
    route: `/channels/${channel.id}/messages`,
    body: { content: 'once', nonce: 'n', enforce_nonce: true },
  }
  return {
    sim,
    send: () => rest.call(request, new AbortController().signal),
    made: () => channel.messages?.size ?? 0,
    [Symbol.asyncDispose]: () => sim.stop(),
  }
}

type Fault = Parameters<DiscordSim['control']['setRestFaults']>[0]['faults'][number]

/** What was not done is made by the next call, what was done is not doubled. */
const cases: [string, Fault, object, number][] = [
  ['a 5xx before the effect', { status: 503 }, { kind: 'unknown', status: 503 }, 0],
  ['a 5xx after the effect', { status: 502, afterEffect: true }, { kind: 'unknown', status: 502 }, 1],
  ['a connection that is cut after the effect', { cut: 'after' }, { kind: 'unknown', status: null }, 1],
  ['a page of the proxy with 520', { status: 520, body: 'html' }, { kind: 'unknown', status: 520 }, 0],
  ['a page of the proxy with 403', { status: 403, body: 'html' }, { kind: 'unknown', status: 403 }, 0],
  [
    'a page with 200 after the effect',
    { status: 200, body: 'html', afterEffect: true },
    { kind: 'unknown', status: 200 },
    1,
  ],
  [
    'an empty 200 after the effect',
    { status: 200, body: 'empty', afterEffect: true },
    { kind: 'unknown', status: 200 },
    1,
  ],
  ['403 by the proxy as JSON', { status: 403 }, { kind: 'deferred', retryAfterMs: 5000 }, 0],
  ['a single 401', { status: 401 }, { kind: 'deferred', retryAfterMs: 5000 }, 0],
  [
    'a 429 without headers',
    { status: 429, bare: true, retryAfterMs: 2500 },
    { kind: 'deferred', retryAfterMs: 2500 },
    0,
  ],
  [
    'a 429 page without headers',
    { status: 429, bare: true, body: 'html' },
    { kind: 'deferred', retryAfterMs: 60_000 },
    0,
  ],
]

test.each(cases)(
  '%s is no verdict of Discord’s, and the next call is made',
  async (_name, fault, outcome, made) => {
    await using discord = await withDiscord()
    await discord.sim.control.setRestFaults({ faults: [{ ...fault, times: 1 }] })
    expect(await discord.send()).toMatchObject(outcome)
    expect(discord.made()).toBe(made)
    expect(await discord.send()).toMatchObject({ kind: 'made' })
    expect(discord.made()).toBe(1)
  },
)

test('a 429 for hours is waited for in the outbox', async () => {
  await using discord = await withDiscord()
  const fault = { status: 429, scope: 'shared', retryAfterMs: 4 * 3_600_000, times: 1 } as const
  await discord.sim.control.setRestFaults({ faults: [fault] })
  const outcome = await discord.send()
  expect(outcome).toMatchObject({ kind: 'deferred' })
  expect(outcome).toHaveProperty('retryAfterMs', expect.closeTo(fault.retryAfterMs, -3))
  expect(discord.made()).toBe(0)
})

test('what Discord itself refuses is refused', async () => {
  await using discord = await withDiscord()
  const general = [...discord.sim.world.channels.values()].find(({ name }) => name === 'general')
  await discord.sim.control.deleteChannel({ channelId: general?.id ?? '' })
  expect(await discord.send()).toMatchObject({ kind: 'refused', status: 404, code: 10003 })
})
