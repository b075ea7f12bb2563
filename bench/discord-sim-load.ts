/**
 * How much load the simulator carries, measured from outside: its process is pinned to one core if `taskset` is
 * installed; the clients run in this process.
 *
 *   npx node bench/discord-sim-load.ts [seconds] [events per second]
 */
import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { WebSocket } from 'ws'
import { createSimClient } from '@guildmesh/discord-sim'
import type { SimClient } from '@guildmesh/discord-sim'

const seconds = Number(process.argv[2] ?? 60)
const rate = Number(process.argv[3] ?? 2_000)
const everyIntent = 53_608_447

interface RunningSim {
  client: SimClient
  process: ChildProcess
}

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['-V'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

async function startSim(args: string[]): Promise<RunningSim> {
  const main = resolve(import.meta.dirname, '../packages/discord-sim/src/main.ts')
  const command = [process.execPath, main, '--port', '0', '--no-rate-limits', ...args]
  const [program = '', ...rest] = hasTaskset() ? ['taskset', '-c', '0', ...command] : command
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: child.stdout })) {
    const control = /control\s+(\S+)\/_sim/.exec(line)
    if (control?.[1]) return { client: createSimClient(control[1]), process: child }
  }
  throw new Error('the simulator ended before it was ready')
}

async function stopSim(sim: RunningSim): Promise<void> {
  sim.process.kill('SIGTERM')
  await once(sim.process, 'exit')
}

/** CPU seconds used, and the peak of resident memory in MB. */
function usage(pid: number): { cpuSeconds: number; peakMb: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  const peakKb = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100,
    peakMb: Math.round(Number(peakKb) / 1024),
  }
}

/** A client that only counts, so cheap that the bench measures the simulator. */
class CountingShard {
  guilds = 0
  expected = 0
  messages = 0
  dispatches = 0
  readonly #socket: WebSocket

  constructor(url: string, token: string, shard: [number, number]) {
    this.#socket = new WebSocket(`${url}/?v=10&encoding=json`)
    this.#socket.on('open', () => {
      const properties = { os: 'linux', browser: 'bench', device: 'bench' }
      this.#socket.send(JSON.stringify({ op: 2, d: { token, intents: everyIntent, shard, properties } }))
    })
    this.#socket.on('message', (data: Buffer) => this.#count(data))
  }

  #count(data: Buffer): void {
    const start = data.toString('latin1', 0, 40)
    if (!start.startsWith('{"t":"')) return
    this.dispatches += 1
    if (start.startsWith('{"t":"GUILD_CREATE"')) this.guilds += 1
    else if (start.startsWith('{"t":"MESSAGE_CREATE"')) this.messages += 1
    else if (start.startsWith('{"t":"READY"')) {
      this.expected = data.toString('utf8').split('"unavailable":true').length - 1
    }
  }

  heartbeat(): void {
    this.#socket.send('{"op":1,"d":null}')
  }

  close(): void {
    this.#socket.close(1000)
  }
}

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms))

/** Connects all shards and waits for every guild. Returns the time it took. */
async function connectAll(
  client: SimClient,
  count: number,
): Promise<{ shards: CountingShard[]; ms: number }> {
  const app = await client.app()
  const shards: CountingShard[] = []
  const startedAt = performance.now()
  let identifyMs = 0
  for (let id = 0; id < count; id++) {
    const shard = new CountingShard(app.urls.gateway, app.token, [id, count])
    shards.push(shard)
    while (shard.expected === 0 || shard.guilds < shard.expected) await pause(5)
    // One IDENTIFY a key in 5 s is Discord's rule, not the simulator's speed.
    if (id < count - 1) {
      const waitedFrom = performance.now()
      await pause(5_050)
      identifyMs += performance.now() - waitedFrom
    }
  }
  return { shards, ms: performance.now() - startedAt - identifyMs }
}

async function steadyLoad(): Promise<void> {
  const sim = await startSim(['--guilds', '1000'])
  const pid = sim.process.pid ?? 0
  const { shards, ms } = await connectAll(sim.client, 3)
  console.log(`1,000 guilds on 3 shards: all GUILD_CREATEs in ${Math.round(ms)} ms`)
  const before = usage(pid)
  const mix = { reactions: 0, edits: 0, deletes: 0 }
  await sim.client.startLoad({ rate, total: rate * seconds, seed: 'bench', mix })
  const beating = setInterval(() => shards.forEach((shard) => shard.heartbeat()), 20_000)
  let status = await sim.client.loadStatus()
  while (status.running) {
    await pause(1_000)
    status = await sim.client.loadStatus()
  }
  clearInterval(beating)
  const received = () => shards.reduce((sum, shard) => sum + shard.messages, 0)
  const deadline = performance.now() + 5_000
  while (received() < status.messages && performance.now() < deadline) await pause(20)
  const after = usage(pid)
  const share = ((after.cpuSeconds - before.cpuSeconds) / seconds) * 100
  console.log(
    `${rate} messages/s for ${seconds} s: ${status.messages} made, ${received()} received, ` +
      `at most ${Math.round(status.maxBehindMs)} ms behind, CPU ${share.toFixed(0)} % of one core, peak RSS ${after.peakMb} MB`,
  )
  shards.forEach((shard) => shard.close())
  await stopSim(sim)
  if (received() !== status.messages || status.maxBehindMs > 1_000) process.exitCode = 1
}

async function manyGuilds(): Promise<void> {
  const startedAt = performance.now()
  const sim = await startSim(['--guilds', '10000'])
  console.log(`10,000 guilds: ready after ${Math.round(performance.now() - startedAt)} ms`)
  const { shards, ms } = await connectAll(sim.client, 5)
  const guilds = shards.reduce((sum, shard) => sum + shard.guilds, 0)
  const { peakMb } = usage(sim.process.pid ?? 0)
  console.log(
    `10,000 guilds on 5 shards: ${guilds} GUILD_CREATEs in ${Math.round(ms)} ms, peak RSS ${peakMb} MB`,
  )
  shards.forEach((shard) => shard.close())
  await stopSim(sim)
  if (guilds !== 10_000 || peakMb >= 1_024) process.exitCode = 1
}

await steadyLoad()
await manyGuilds()
