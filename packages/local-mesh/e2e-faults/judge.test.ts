import { gatewayIdOf, GuildId } from '@guildmesh/contracts'
import {
  chainStart,
  type DiscordSim,
  extendChain,
  type OracleReport,
  startDiscordSim,
} from '@guildmesh/discord-sim'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { GatewayChains } from './chain-reader.ts'
import { claims, type Findings, judge } from './judge.ts'

/** An event as the oracle's chain sees it. */
interface Applied {
  readonly event: string
  readonly payloadHash: string
}
type Doctor = (events: readonly Applied[]) => readonly Applied[]

const owner = gatewayIdOf(1)
const other = gatewayIdOf(0)
const shards = 1

let sim: DiscordSim
let victim: GuildId
let messages: number

beforeAll(async () => {
  sim = await startDiscordSim({ guilds: 3, shards, probeEveryMs: 0 })
  await identify(sim)
  const load = await sim.control.burst({ count: 300, seed: 5 })
  messages = load.messages - load.deletes
  const sent = await sim.control.report({})
  const [busiest] = Object.entries(sent.guilds).toSorted(([, a], [, b]) => b.sent - a.sent)
  victim = GuildId.parse(busiest?.[0])
})
afterAll(() => sim[Symbol.asyncDispose]())

/** A session, so that what happens is sent to somebody. */
async function identify({ urls, control }: DiscordSim): Promise<void> {
  const { token } = await control.app()
  const socket = new WebSocket(`${urls.gateway}?v=10&encoding=json`)
  const ready = Promise.withResolvers<void>()
  socket.addEventListener('error', () => ready.reject(new Error('the simulator cannot be reached')))
  socket.addEventListener('message', ({ data }) => {
    const frame: unknown = JSON.parse(String(data))
    if (typeof frame !== 'object' || frame === null || !('op' in frame)) return
    if (frame.op === 10) {
      const properties = { os: 'linux', browser: 'test', device: 'test' }
      socket.send(JSON.stringify({ op: 2, d: { token, properties, intents: 34_305, shard: [0, shards] } }))
    } else if ('t' in frame && frame.t === 'READY') ready.resolve()
  })
  await ready.promise
}

/** What a bot finds that applied what was sent, but for what the doctor changed in one guild. */
async function findings(doctor: Doctor = (events) => events): Promise<Findings> {
  const { guilds } = await sim.control.report({})
  const chains: GatewayChains['chains'] = []
  for (const guildId of Object.keys(guilds).map((id) => GuildId.parse(id))) {
    const sent = await sim.control.sentEvents({ guildId })
    const applied = guildId === victim ? doctor(sent) : sent
    const head = applied.reduce(
      (before, { event, payloadHash }) => extendChain(before, event, payloadHash),
      chainStart(guildId),
    )
    chains.push({
      guildId,
      epoch: 1,
      events: applied.length,
      head,
      position: { generation: 1, seq: applied.length },
    })
  }
  return withReports([{ gatewayId: owner, probing: true, chains }])
}

async function withReports(reports: readonly GatewayChains[]): Promise<Findings> {
  const oracle = await sim.control.report({ guilds: claims(reports) })
  return {
    oracle,
    reports,
    owners: new Map(Object.keys(oracle.guilds).map((guildId) => [guildId, owner])),
    messages: { atLeast: messages, atMost: messages },
    stored: { rows: [{ gatewayId: owner, guildId: victim, messages }], distinct: messages },
    deadLetters: 0,
    shards,
  }
}

/** The problems of findings that are right but for this. */
async function changed(change: Partial<Findings>): Promise<readonly string[]> {
  return judge({ ...(await findings()), ...change }).problems
}

const clean = { missing: 0, duplicated: 0, outOfOrder: 0, problems: [] }

test('a bot that applied everything once and in order is cleared', async () => {
  const found = await findings()
  expect(judge(found)).toEqual({ ...clean, sent: found.oracle.sent })
  expect(found.oracle.sent).toBeGreaterThan(250)
})

describe('one event of one guild is enough', () => {
  const at = 7
  const cases: [string, Doctor, Partial<typeof clean>][] = [
    ['a lost one', (events) => events.toSpliced(at, 1), { missing: 1 }],
    ['the last one lost', (events) => events.slice(0, -1), { missing: 1 }],
    ['a doubled one', (events) => twice(events, at), { duplicated: 1 }],
    ['two swapped', (events) => swapped(events, at), { outOfOrder: 1 }],
    ['one lost and another doubled', (events) => twice(events.toSpliced(at, 1), 20), { outOfOrder: 1 }],
    ['one with another payload', (events) => altered(events, at), { outOfOrder: 1 }],
  ]
  test.each(cases)('%s', async (_name, doctor, wrong) => {
    const verdict = judge(await findings(doctor))
    expect(verdict).toMatchObject({ ...clean, ...wrong, problems: [expect.stringContaining(victim)] })
  })
})

describe('what the chains do not show, the databases and the oracle’s counts do', () => {
  test('a guild without a report', async () => {
    const [report] = (await findings()).reports
    if (!report) throw new Error('nobody reports')
    const chains = report.chains.filter(({ guildId }) => guildId !== victim)
    const { missing, problems } = judge(await withReports([{ ...report, chains }]))
    expect(missing).toBeGreaterThan(0)
    expect(problems).toEqual([expect.stringContaining(victim)])
  })

  test('a guild that two gateways serve (I8)', async () => {
    const [report] = (await findings()).reports
    if (!report) throw new Error('nobody reports')
    const second = { ...report, gatewayId: other, chains: report.chains.slice(0, 1) }
    expect(judge(await withReports([report, second])).problems).toEqual([
      expect.stringContaining('gateway-0 serves'),
    ])
  })

  test('messages in a database that is not the owner’s, and in two', async () => {
    const problems = await changed({
      stored: {
        rows: [owner, other].map((gatewayId) => ({ gatewayId, guildId: victim, messages })),
        distinct: messages,
      },
    })
    expect(problems).toEqual([
      expect.stringMatching(/^gateway-0 has .* which gateway-1 owns$/),
      expect.stringContaining('in two databases'),
    ])
  })

  test('a message too few or too many', async () => {
    for (const distinct of [messages - 1, messages + 1]) {
      const stored = { rows: [{ gatewayId: owner, guildId: victim, messages: distinct }], distinct }
      expect(await changed({ stored })).toEqual([expect.stringContaining(`${distinct} in the databases`)])
    }
  })

  test('dead letters, and a gateway that keeps no chains', async () => {
    expect(await changed({ deadLetters: 2 })).toEqual(['2 events are dead letters'])
    const { reports } = await findings()
    const silent = { gatewayId: other, probing: false, chains: [] }
    expect(await changed({ reports: [...reports, silent] })).toEqual([
      expect.stringContaining('gateway-0 keeps no chains'),
    ])
  })

  test('another number of IDENTIFYs than one a shard (I14), a lost session, a broken rule', async () => {
    const { oracle } = await findings()
    const gateway = (change: Partial<OracleReport['gateway']>) => ({
      oracle: { ...oracle, gateway: { ...oracle.gateway, ...change } },
    })
    expect(await changed(gateway({ identifiesByShard: { '0/1': 2 } }))).toEqual([
      'shard 0 took 2 IDENTIFYs instead of 1',
    ])
    expect(await changed(gateway({ identifiesByShard: {} }))).toHaveLength(1)
    const ended = { shardId: 0, shardCount: 1, seq: 9, acknowledgedSeq: 3, at: 0 }
    expect(await changed(gateway({ endedSessions: [ended] }))).toEqual(['1 sessions were lost'])
    expect(await changed({ oracle: { ...oracle, violations: ['unknown route'] } })).toHaveLength(1)
  })

  test('nothing sent proves nothing', async () => {
    const found = await findings()
    expect(judge({ ...found, oracle: { ...found.oracle, sent: 0 } }).problems).toEqual([
      expect.stringContaining('nothing is proved'),
    ])
  })
})

function twice(events: readonly Applied[], index: number): Applied[] {
  return events.flatMap((event, at) => (at === index ? [event, event] : [event]))
}

/** Two neighbours that differ, from the index on, in the other order. */
function swapped(events: readonly Applied[], index: number): Applied[] {
  const [first, second] = events.slice(index, index + 2)
  if (!first || !second) throw new Error('too few events to swap')
  return events.toSpliced(index, 2, second, first)
}

function altered(events: readonly Applied[], index: number): Applied[] {
  return events.map((event, at) =>
    at === index ? { event: event.event, payloadHash: '0'.repeat(64) } : event,
  )
}
