import { expect, test } from 'vitest'
import { chainStart, extendChain, isChainedEvent, payloadHash, VirtualClock } from '../src/index.ts'
import type { DiscordSim } from '../src/index.ts'
import { chaosKinds } from '../src/chaos/chaos.ts'
import type { ChaosKindName } from '../src/chaos/chaos.ts'
import { RawGateway } from './raw-gateway.ts'
import { restCaller, startFast } from './sim-fixture.ts'

const names = Object.keys(chaosKinds) as ChaosKindName[]

async function play(options: { seed: string; kinds?: ChaosKindName[] }): Promise<Record<string, number>> {
  const clock = new VirtualClock()
  await using sim = await startFast({
    clock,
    guilds: 4,
    probeEveryMs: 0,
    chaos: { ...options, losesEvents: true },
  })
  clock.advance(600_000)
  return (await sim.control.stopChaos()).played
}

test('the same seed plays the same, another seed something else', async () => {
  const [first, again, other] = await Promise.all([
    play({ seed: 'a' }),
    play({ seed: 'a' }),
    play({ seed: 'b' }),
  ])
  expect(again).toEqual(first)
  expect(other).not.toEqual(first)
  expect(Object.keys(first).length).toBeGreaterThan(20)
})

test.each(names)('each can be turned on alone: %s', async (name) => {
  const played = await play({ seed: 'alone', kinds: [name] })
  expect(Object.keys(played)).toEqual([name])
})

test('what loses events is played only on request; when chaos stops, nothing of it stands', async () => {
  const clock = new VirtualClock()
  await using sim = await startFast({ clock, guilds: 4, probeEveryMs: 0, chaos: { seed: 'c', everyMs: 500 } })
  clock.advance(600_000)
  const { played, running } = await sim.control.stopChaos()
  expect(running).toBe(false)
  for (const name of names) if ('losesEvents' in chaosKinds[name]) expect(played).not.toHaveProperty(name)
  await sim.control.clearFaults()
  using gateway = await RawGateway.connect(sim.urls.gateway)
  await gateway.ready((await sim.control.app()).token)
  expect((await restCaller(sim)('GET', '/users/@me')).status).toBe(200)
})

/** A bot that does all that Discord's documentation asks for, and nothing more: it must lose no event. */
class PatientBot {
  readonly #sim: DiscordSim
  readonly #chains = new Map<string, { count: number; head: string }>()
  #seq = 0
  #session: { id: string; url: string } | null = null
  #gateway: RawGateway | null = null
  #seen = 0
  #isOver = false

  constructor(sim: DiscordSim) {
    this.#sim = sim
  }

  /** Connects, resumes and identifies until it is told to end. */
  async run(): Promise<void> {
    while (!this.#isOver) {
      using gateway = await RawGateway.connect(this.#session?.url ?? this.#sim.urls.gateway)
      this.#gateway = gateway
      this.#seen = 0
      if (gateway.frames[0]?.op === 10) await this.#follow(gateway)
      else if (this.#session && gateway.closeCode === 1006) this.#session.url = this.#sim.urls.gateway
    }
  }

  end(): void {
    this.#isOver = true
    this.#gateway?.socket.terminate()
  }

  report() {
    return Object.fromEntries(this.#chains)
  }

  async #follow(gateway: RawGateway): Promise<void> {
    const { token } = await this.#sim.control.app()
    if (this.#session) gateway.send(6, { token, session_id: this.#session.id, seq: this.#seq })
    else gateway.identify(token)
    while (gateway.closeCode === null && !this.#isOver) {
      await gateway.until(() => gateway.frames.length > this.#seen || gateway.closeCode !== null)
      for (; this.#seen < gateway.frames.length; this.#seen++) {
        const frame = gateway.frames[this.#seen]
        if (!frame) continue
        if (frame.op === 0) this.#apply(frame.t ?? '', frame.s ?? 0, frame.d)
        else if (frame.op === 1) gateway.send(1, this.#seq)
        else if (frame.op === 7) return
        else if (frame.op === 9) {
          if (frame.d !== true) this.#session = null
          return
        }
      }
    }
  }

  #apply(name: string, seq: number, payload: unknown): void {
    this.#seq = seq
    if (name === 'READY') {
      const ready = payload as { session_id: string; resume_gateway_url: string }
      this.#session = { id: ready.session_id, url: ready.resume_gateway_url }
    }
    const { guild_id: named, id } = payload as { guild_id?: string; id?: string }
    const guildId = name === 'GUILD_UPDATE' ? id : named
    if (guildId === undefined || !isChainedEvent(name)) return
    const chain = this.#chains.get(guildId) ?? { count: 0, head: chainStart(guildId) }
    this.#chains.set(guildId, {
      count: chain.count + 1,
      head: extendChain(chain.head, name, payloadHash(payload)),
    })
  }
}

test('a bot that does as the documentation says loses nothing by chaos', async () => {
  await using sim = await startFast({
    guilds: 4,
    probeEveryMs: 0,
    heartbeatIntervalMs: 3_600_000,
    chaos: { seed: 'campaign', everyMs: 40, groups: ['gateway', 'people'] },
  })
  const bot = new PatientBot(sim)
  const running = bot.run()
  await expect.poll(async () => (await sim.control.sessions())[0]?.pendingGuilds).toBe(0)
  await sim.control.startLoad({ rate: 300, total: 1_500, seed: 7 })
  await expect.poll(async () => (await sim.control.loadStatus()).running, { timeout: 25_000 }).toBe(false)
  const { played } = await sim.control.stopChaos()
  expect(Object.keys(played).length).toBeGreaterThan(15)
  await expect
    .poll(async () => (await sim.control.report({ guilds: bot.report(), lateAfterMs: 60_000 })).differing, {
      timeout: 20_000,
    })
    .toEqual([])
  const report = await sim.control.report({ guilds: bot.report() })
  expect(report).toMatchObject({ missing: 0, duplicated: 0, outOfOrder: 0, applied: report.sent })
  expect(report.gateway.endedSessions).toEqual([])
  bot.end()
  await running
}, 60_000)
