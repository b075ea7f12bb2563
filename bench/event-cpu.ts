import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import type { SimClient } from '@guildmesh/discord-sim'
import { createSimClient } from '@guildmesh/discord-sim'
import { startLocalMesh } from '@guildmesh/local-mesh'
import { type BenchContext, type BenchResult, pause, untilTrue } from './bench-context.ts'
import { type BenchMesh, type GuildPlace, startBenchMesh } from './bench-mesh.ts'
import { cpuSeconds } from './process-usage.ts'
import { makeTraffic, warmUp } from './traffic.ts'

const rates = [500, 1000]
const guilds = 100
const idleSeconds = 6
const loadSeconds = 15
const targets = { local: 1, relayed: 2 }

/** A subject of the measurement: some processes that handle all events of some guilds. */
interface Subject {
  readonly sim: SimClient
  readonly processes: ReadonlyMap<string, number>
  readonly guildIds?: readonly string[]
  /** Resolves when every event that was sent is committed. */
  readonly settle: () => Promise<unknown>
}

interface CpuFigure {
  readonly rate: number
  readonly events: number
  /** Beyond what the processes spend when idle, per event and process, in µs. */
  readonly microsecondsPerEvent: ReadonlyMap<string, number>
  /** Of all of them. */
  readonly totalMicroseconds: number
  readonly idleCores: number
}

/** CPU per event: a gateway that holds and owns, a holder with another owner, and a bare discord.js client. */
export async function benchCpu(context: BenchContext): Promise<BenchResult> {
  const bare = await measureBare(context)
  const local = await measureLocal(context)
  const relayed = await measureRelayed(context)
  const rows = rates.map((rate, at) => {
    const [b, l, r] = [bare[at], local[at], relayed[at]]
    const ratio = (figure: CpuFigure | undefined) =>
      (figure?.totalMicroseconds ?? Number.NaN) / (b?.totalMicroseconds ?? Number.NaN)
    return { rate, bare: b, local: l, relayed: r, localRatio: ratio(l), relayedRatio: ratio(r) }
  })
  return {
    tables: [
      {
        title: `CPU per event, µs of user and system time above idle (targets: local ≤ ${targets.local} ×, relayed ≤ ${targets.relayed} × bare)`,
        columns: [
          'events/s',
          'bare discord.js',
          'local owner',
          '× bare',
          'relayed',
          '× bare',
          'of it holder + owner',
        ],
        rows: rows.map((row) => [
          String(row.rate),
          micros(row.bare),
          micros(row.local),
          row.localRatio.toFixed(2),
          micros(row.relayed),
          row.relayedRatio.toFixed(2),
          [...(row.relayed?.microsecondsPerEvent.values() ?? [])].map((part) => part.toFixed(0)).join(' + '),
        ]),
      },
    ],
    notes: [
      `The same seeded mix for all: about 82 % messages, 12 % reactions, 4 % edits, 2 % deletions, over ${guilds} guilds on one shard (relayed: a hundred of 200 guilds, which another gateway owns than the one that holds the shard).`,
      'All events are in the denominator. The bare client writes a row a message and nothing else; the gateway writes statistics, guild document and cursor of every event.',
      'Bare client: WAL, `synchronous = FULL`, a commit a message. Gateway: the same durability, with a commit for each turn of its event loop.',
    ],
    figures: {
      targets,
      rates: rows.map((row) => ({
        eventsPerSecond: row.rate,
        localRatio: row.localRatio,
        relayedRatio: row.relayedRatio,
        bare: plain(row.bare),
        local: plain(row.local),
        relayed: plain(row.relayed),
      })),
    },
  }
}

function plain(figure: CpuFigure | undefined) {
  return figure && { ...figure, microsecondsPerEvent: Object.fromEntries(figure.microsecondsPerEvent) }
}

async function measureLocal(context: BenchContext): Promise<CpuFigure[]> {
  await using bench = await startBenchMesh(context, {
    gateways: 1,
    guilds,
    shards: 1,
    inspectable: context.profileDir !== null,
  })
  return await measure(context, 'local', subjectOf(bench, ['gateway-0']), bench)
}

async function measureRelayed(context: BenchContext): Promise<CpuFigure[]> {
  await using bench = await startBenchMesh(context, {
    gateways: 2,
    guilds: guilds * 2,
    shards: 1,
    inspectable: context.profileDir !== null,
  })
  const places = await relayedPlaces(context, bench)
  const [first] = places
  if (!first) throw new Error('no guild is relayed')
  const subject = subjectOf(bench, [first.holder, first.owner])
  return await measure(
    context,
    'relayed',
    { ...subject, guildIds: places.map(({ guildId }) => guildId) },
    bench,
  )
}

/** Guilds whose owner is not the holder of their shard; as many as the other subjects have. */
async function relayedPlaces(context: BenchContext, bench: BenchMesh): Promise<GuildPlace[]> {
  const relayed = async () => (await bench.places()).filter(({ owner, holder }) => owner !== holder)
  if ((await relayed()).length < guilds) {
    // The first gateway to start took the shard and most guilds. It leaves for a moment, and the other takes the shard.
    const [place] = await bench.places()
    if (place) await bench.mesh.process(place.holder).killAndAwaitReturn('SIGTERM')
  }
  const all = await untilTrue(
    'guilds whose holder is not their owner',
    context,
    { everyMs: 250, timeoutMs: 30_000 },
    async () => {
      const found = await relayed()
      return found.length >= guilds ? found : null
    },
  )
  await bench.recount()
  return all.slice(0, guilds)
}

function subjectOf(bench: BenchMesh, names: readonly string[]): Subject {
  const processes = new Map(names.map((name) => [name, bench.mesh.process(name).pid ?? 0]))
  return { sim: bench.sim, processes, settle: () => bench.settle() }
}

async function measureBare(context: BenchContext): Promise<CpuFigure[]> {
  context.say(`starting the bare client, ${guilds} guilds on 1 shard`)
  await using stack = new AsyncDisposableStack()
  const stateDir = mkdtempSync(join(tmpdir(), 'guildmesh-bench-'))
  stack.defer(() => rmSync(stateDir, { recursive: true, force: true }))
  const mesh = stack.use(
    await startLocalMesh({
      discord: { kind: 'simulator', guilds, rate: 0, seed: 1 },
      configs: 0,
      gateways: 0,
      edges: 0,
      fresh: false,
      verbosity: 'quiet',
      databaseUrl: null,
      memorablePorts: false,
      mount: [],
      stateDir,
      signal: context.signal,
      simulatorFlags: ['--shards=1'],
      onLine: () => {},
      onEvent: () => {},
    }),
  )
  const path = join(stateDir, 'bare.sqlite3')
  const { apiUrl, token } = mesh.discord
  const child = spawn(process.execPath, [join(import.meta.dirname, 'bare-client.ts'), apiUrl, token, path], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const exited = once(child, 'exit')
  stack.defer(async () => {
    child.kill('SIGTERM')
    await exited
  })
  const ready = new Promise<true>((resolve) => {
    createInterface({ input: child.stdout }).on('line', () => resolve(true))
  })
  const gone = exited.then(() => false)
  if (!(await Promise.race([ready, gone]))) throw new Error('the bare client ended before it was ready')

  const sim = createSimClient(mesh.simulatorUrl ?? '')
  const database = new DatabaseSync(path, { readOnly: true })
  stack.defer(() => database.close())
  const count = database.prepare('SELECT count(*) AS rows FROM messages')
  let before = 0
  const settle = async () => {
    const { messages } = await sim.loadStatus()
    await untilTrue(
      'the bare client to write every message',
      context,
      { everyMs: 100, timeoutMs: 30_000 },
      () => (Number(count.get()?.['rows']) >= before + messages ? true : null),
    )
    before += messages
  }
  return await measure(context, 'bare', { sim, processes: new Map([['bare', child.pid ?? 0]]), settle }, null)
}

async function measure(
  context: BenchContext,
  name: string,
  { sim, processes, guildIds, settle }: Subject,
  bench: BenchMesh | null,
): Promise<CpuFigure[]> {
  const spent = () => new Map([...processes].map(([process, pid]) => [process, cpuSeconds(pid)]))
  await warmUp(sim, context, { rate: 1000, seconds: 8, guildIds }, settle)
  const idleFrom = spent()
  await pause(idleSeconds * 1000, context)
  const idle = new Map(
    [...spent()].map(([process, at]) => [process, (at - (idleFrom.get(process) ?? 0)) / idleSeconds]),
  )
  const figures: CpuFigure[] = []
  for (const rate of rates) {
    context.say(`${name}: ${rate} events/s for ${loadSeconds} s`)
    const from = { at: performance.now(), cpu: spent() }
    const { produced } = await makeTraffic(sim, context, { rate, seconds: loadSeconds, guildIds })
    await settle()
    const seconds = (performance.now() - from.at) / 1000
    const perEvent = new Map(
      [...spent()].map(([process, at]) => {
        const used = at - (from.cpu.get(process) ?? 0) - (idle.get(process) ?? 0) * seconds
        return [process, (used / produced) * 1e6]
      }),
    )
    figures.push({
      rate,
      events: produced,
      microsecondsPerEvent: perEvent,
      totalMicroseconds: sum(perEvent.values()),
      idleCores: sum(idle.values()),
    })
  }
  if (bench && context.profileDir !== null) {
    await Promise.all(
      [...processes.keys()]
        .map((process) => profile(context, bench, process, `${name}-${process}`))
        .concat(makeTraffic(sim, context, { rate: 1000, seconds: 12, guildIds }).then(() => undefined)),
    )
  }
  return figures
}

/** A CPU profile of ten seconds. */
async function profile(
  context: BenchContext,
  bench: BenchMesh,
  gatewayId: string,
  name: string,
): Promise<void> {
  using inspector = await bench.inspectorOf(gatewayId)
  await inspector.call('Profiler.enable')
  await inspector.call('Profiler.setSamplingInterval', { interval: 500 })
  await inspector.call('Profiler.start')
  await pause(10_000, context)
  const { profile: taken } = await inspector.call('Profiler.stop')
  const file = join(context.profileDir ?? '', `${name}.cpuprofile`)
  writeFileSync(file, JSON.stringify(taken))
  context.say(`profile: ${file}`)
}

function sum(values: Iterable<number>): number {
  return [...values].reduce((total, value) => total + value, 0)
}

function micros(figure: CpuFigure | undefined): string {
  return figure?.totalMicroseconds.toFixed(0) ?? ''
}
