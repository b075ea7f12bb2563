import { setTimeout as sleep } from 'node:timers/promises'
import { GuildId } from '@guildmesh/contracts'
import { createSimClient, type SimClient } from '@guildmesh/discord-sim/client'
import { adminClient, ownersOf } from '../e2e/admin-client.ts'
import { queryGateways } from '../e2e/gateway-rows.ts'
import { startTestMesh } from '../e2e/test-mesh.ts'
import { until } from '../e2e/until.ts'
import type { LocalMesh } from '../src/index.ts'
import { AbsenceWatch } from './absence-watch.ts'
import type { CampaignOptions } from './campaign-options.ts'
import { openChainReader } from './chain-reader.ts'
import { planFaults } from './fault-plan.ts'
import { allConnected, doFault, type FaultGround } from './faults.ts'
import { claims, type Findings, judge, type Verdict } from './judge.ts'

/** One fault as it went. */
export interface DoneFault {
  readonly fault: string
  readonly atMs: number
  readonly hit: string
  /** How long Discord lacked a socket of some shard from then on until the next fault began, milliseconds. */
  readonly awayMs: number
}

export interface CampaignResult {
  readonly options: CampaignOptions
  readonly verdict: Verdict
  readonly faults: readonly DoneFault[]
  readonly figures: {
    /** Events that the simulated people caused, and how long that took. */
    readonly produced: number
    readonly producedInMs: number
    /** How far the simulator itself fell behind the rate at most. */
    readonly simulatorBehindMs: number
    /** From the last event to the last commit. */
    readonly settledInMs: number
    readonly identifies: number
    readonly resumes: number
    /** How often Discord did something out of the ordinary by itself, by its kind. */
    readonly chaos: Readonly<Record<string, number>>
    /** How many times each process was started. */
    readonly starts: Readonly<Record<string, number>>
  }
}

/** The number of shards that the simulator recommends. */
const shards = 3
/** The mean pause between two things that Discord does out of the ordinary, milliseconds. */
const chaosEveryMs = 700
/** What is under way when the traffic ends must go on being committed, with pauses no longer than this. */
const settlePauseMs = 30_000

/** Runs traffic with faults over a mesh of real processes, and judges what became of it. */
export async function runCampaign(name: string, options: CampaignOptions): Promise<CampaignResult> {
  const { guilds, rate, seconds, seed } = options
  await using started = await startTestMesh(name, {
    discord: { kind: 'simulator', guilds, rate: 0, seed },
    gatewayEnvironment: { EVENT_PROBE: 'true' },
    // Discord may forget what a heartbeat acknowledges; this one does, and often, so that a seq told too early loses the session.
    simulatorFlags: ['--trim-on-heartbeat', '--heartbeat-ms=10000'],
  })
  const { mesh } = started
  const sim = createSimClient(mesh.simulatorUrl ?? '')
  const ground: FaultGround = { mesh, sim, admin: adminClient(mesh), shards }

  await using watch = new AbsenceWatch(sim, shards)
  const begunAt = performance.now()
  await sim.startLoad({ rate, total: rate * seconds, seed })
  if (options.chaos) await sim.startChaos({ seed, everyMs: chaosEveryMs })
  const done: Omit<DoneFault, 'awayMs'>[] = []
  for (const planned of planFaults(options)) {
    await sleep(Math.max(0, begunAt + planned.atMs - performance.now()))
    const atMs = Math.round(performance.now() - begunAt)
    done.push({ fault: planned.fault, atMs, hit: await doFault(ground, planned) })
  }
  const load = await until(
    async () => {
      const status = await sim.loadStatus()
      if (status.running) throw new Error(`the traffic still runs: ${status.produced} events`)
      return status
    },
    seconds * 1000 + 60_000,
  )
  const producedAt = performance.now()
  const chaos = await sim.stopChaos()
  const made = load.messages - load.deletes
  const findings = await gather(ground, { atLeast: made, atMost: made + chaos.messages })
  const faults = done.map((fault, index): DoneFault => {
    const toMs = done[index + 1]?.atMs ?? Number.POSITIVE_INFINITY
    return Object.assign(fault, { awayMs: watch.awayMs({ fromMs: fault.atMs, toMs }) })
  })
  return {
    options,
    verdict: judge(findings),
    faults,
    figures: {
      produced: load.produced,
      producedInMs: Math.round(producedAt - begunAt),
      simulatorBehindMs: Math.round(load.maxBehindMs),
      settledInMs: Math.round(performance.now() - producedAt),
      identifies: findings.oracle.gateway.identifies,
      resumes: findings.oracle.gateway.resumes,
      chaos: chaos.played,
      starts: Object.fromEntries(mesh.processes.map((process) => [process.name, process.starts])),
    },
  }
}

/** Waits until all is well, or nothing more is applied; then gathers what there is, whatever it is. */
async function gather({ mesh, sim, admin }: FaultGround, messages: Findings['messages']): Promise<Findings> {
  await Promise.all(mesh.processes.map((process) => process.untilReady()))
  await allConnected({ sim, shards })
  await using reader = await openChainReader(mesh)
  let last = { applied: -1, atMs: performance.now() }
  for (;;) {
    const findings = await look(mesh, sim, reader, await ownersOf(admin), messages)
    const { applied } = findings.oracle
    if (applied !== last.applied) last = { applied, atMs: performance.now() }
    const isStuck = performance.now() - last.atMs > settlePauseMs
    if (judge(findings).problems.length === 0 || isStuck) return findings
    await sleep(250)
  }
}

async function look(
  mesh: LocalMesh,
  sim: SimClient,
  reader: Awaited<ReturnType<typeof openChainReader>>,
  owners: ReadonlyMap<string, string>,
  messages: Findings['messages'],
): Promise<Findings> {
  const sent = await sim.report({})
  const reports = await reader.read(Object.keys(sent.guilds).map((guildId) => GuildId.parse(guildId)))
  const count = (sql: string) => queryGateways(mesh.stateDir, sql)
  const rows = count('SELECT guild_id, count(*) AS messages FROM message_stats GROUP BY guild_id')
  const ids = count('SELECT message_id FROM message_stats')
  const dead = count('SELECT count(*) AS events FROM event_dead_letters')
  return {
    reports,
    owners,
    messages,
    shards,
    oracle: await sim.report({ guilds: claims(reports) }),
    stored: {
      rows: rows.map(({ gatewayId, row }) => ({
        gatewayId,
        guildId: String(row['guild_id']),
        messages: Number(row['messages']),
      })),
      distinct: new Set(ids.map(({ row }) => row['message_id'])).size,
    },
    deadLetters: dead.reduce((sum, { row }) => sum + Number(row['events']), 0),
  }
}
