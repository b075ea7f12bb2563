import { createSimClient, type SimClient } from '@guildmesh/discord-sim/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { queryGateways } from '../e2e/gateway-rows.ts'
import { type Talkative, talkativeGuilds } from '../e2e/simulated-people.ts'
import { startTestMesh, type TestMesh } from '../e2e/test-mesh.ts'
import { until } from '../e2e/until.ts'

/** Longer than a gateway waits for an answer: it gives up, and Discord does it all the same, later. */
const beyondTimeoutMs = 16_000
/** Of requests that hang so. */
const hanging = 6
/** Waits between attempts grow up to a minute, if a call has much bad luck. */
const settleTimeoutMs = 240_000

const messageRoute = String.raw`/channels/\d+/messages$`
const channelRoute = String.raw`/guilds/\d+/channels$`

let started: TestMesh
let sim: SimClient
let guilds: Talkative[]
beforeAll(async () => {
  started = await startTestMesh('rest-storm', { gatewayEnvironment: { EVENT_PROBE: 'true' } })
  sim = createSimClient(started.mesh.simulatorUrl ?? '')
  guilds = await talkativeGuilds(sim, 12)
})
afterAll(() => started[Symbol.asyncDispose]())

/** What was asked in each channel, and the ids of the asking messages. */
const asked = new Map<string, { readonly id: string; readonly about: string }[]>()

/** Somebody of the guild asks something that the bot answers with a message and then a channel. */
async function ask({ channelId, memberId }: Talkative, about: string): Promise<void> {
  const { id } = await sim.sendMessage({ channelId, userId: memberId, content: `probe: ${about}` })
  asked.set(channelId, [...(asked.get(channelId) ?? []), { id, about }])
}

async function answersIn(channelId: string) {
  const said = await sim.messages({ channelId, limit: 1000 })
  return said.filter(({ content }) => content.startsWith('heard: '))
}

/** Answers that each guild has by now and those that it is owed, and the same of channels. */
async function expectAnswered(among: readonly Talkative[]): Promise<void> {
  for (const { guildId, channelId } of among) {
    const owed = asked.get(channelId) ?? []
    const answers = await answersIn(channelId)
    // Newest first, as Discord has it: calls of a guild are made in their order. Two calls with one nonce would be one
    // message here; no read tells the nonce itself.
    expect(answers.map(({ content }) => content).toReversed()).toEqual(
      owed.map(({ about }) => `heard: ${about}`),
    )
    const { channels } = await sim.guild({ guildId })
    const made = channels.flatMap(({ name }) => (name?.startsWith('heard-') === true ? [name] : []))
    expect(made.toSorted()).toEqual(owed.map(({ id }) => `heard-${id}`).toSorted())
  }
}

const outboxes = () => queryGateways(started.mesh.stateDir, 'SELECT guild_id, attempts FROM outbox')

test('a guild whose REST calls hang keeps its own calls waiting in order, and no other guild, no event', async () => {
  const [slow, ...others] = guilds
  if (slow === undefined) throw new Error('the simulator has no guild')
  await sim.setRestFaults({
    faults: [{ method: 'POST', path: `/channels/${slow.channelId}/messages$`, latencyMs: 3_600_000 }],
  })
  await ask(slow, 'the first that hangs')
  await until(() => expect(outboxes().map(({ row }) => row['guild_id'])).toEqual([slow.guildId]), 20_000)
  for (const guild of guilds) await ask(guild, 'meanwhile')
  const sent: string[] = []
  for (let round = 0; round < 20; round++) {
    const messages = guilds.map(({ channelId, memberId }) =>
      sim.sendMessage({ channelId, userId: memberId, content: `event ${round}` }),
    )
    sent.push(...(await Promise.all(messages)).map(({ id }) => id))
  }
  await until(() => expectAnswered(others), 60_000)
  await until(() => {
    const rows = queryGateways(started.mesh.stateDir, 'SELECT message_id FROM message_stats')
    const stored = new Set(rows.map(({ row }) => String(row['message_id'])))
    expect(sent.filter((id) => !stored.has(id))).toEqual([])
  }, 60_000)
  expect(await answersIn(slow.channelId)).toEqual([])
  expect(outboxes().map(({ row }) => row['guild_id'])).toEqual([slow.guildId, slow.guildId])
})

test(
  'through 429, 5xx, cut and hanging requests and a kill -9 of an owner, every call happens once in effect (I3)',
  { timeout: settleTimeoutMs + 60_000 },
  async () => {
    await sim.setRestFaults({
      faults: [
        // These come first and for sure, so that each kind is met.
        { method: 'POST', path: messageRoute, latencyMs: beyondTimeoutMs, times: hanging },
        { method: 'POST', path: messageRoute, cut: 'after', times: 3 },
        { method: 'POST', path: messageRoute, cut: 'before', times: 2 },
        { method: 'POST', path: messageRoute, status: 503, times: 3 },
        { method: 'POST', path: channelRoute, cut: 'after', times: 3 },
        { method: 'POST', path: channelRoute, status: 502, times: 2 },
        { status: 429, scope: 'user', retryAfterMs: 300, times: 2 },
        { status: 429, scope: 'shared', retryAfterMs: 300, times: 2 },
        { status: 429, scope: 'global', retryAfterMs: 300, times: 1 },
        { method: 'POST', cut: 'after', probability: 0.1 },
        { method: 'POST', status: 500, probability: 0.1 },
        { method: 'GET', status: 502, probability: 0.2 },
        { status: 429, scope: 'shared', retryAfterMs: 300, probability: 0.05 },
      ],
    })
    for (const about of ['one', 'two', 'three']) {
      await Promise.all(guilds.map((guild) => ask(guild, about)))
    }
    // An owner dies while calls of its guilds are under way or in doubt.
    const victim = await until(() => {
      const tried = outboxes().find(({ row }) => Number(row['attempts']) > 0)
      if (!tried) throw new Error('no call is under way')
      return tried.gatewayId
    }, 60_000)
    await started.mesh.process(victim).killAndAwaitReturn('SIGKILL')

    await until(() => expect(outboxes()).toEqual([]), settleTimeoutMs)
    const met = { late: hanging, '429': 5, '502': 2, '503': 3, 'cut before': 2, 'cut after': 6 }
    await until(async () => {
      // What hung runs after it was given up, and is judged too.
      const { restFaultsPlayed } = await sim.clearFaults()
      for (const [kind, times] of Object.entries(met)) {
        expect([kind, Math.min(restFaultsPlayed[kind] ?? 0, times)]).toEqual([kind, times])
      }
    }, 60_000)

    await expectAnswered(guilds)
    const { rest, violations } = await sim.report({})
    expect(rest).toMatchObject({ doubledNonces: [], doubledEffects: [] })
    expect(violations).toEqual([])
  },
)
