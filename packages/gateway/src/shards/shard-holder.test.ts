import { type Call, type GatewayId, gatewayIdOf, MeshError } from '@guildmesh/contracts'
import { type DiscordSim, startDiscordSim } from '@guildmesh/discord-sim'
import { expect, test } from 'vitest'
import { ChainOwner } from '../../test/chain-owner.ts'
import { eventually } from '../../test/eventually.ts'
import { holderId, SoleLeases, startSoleHolder } from '../../test/sole-holder.ts'
import { temporaryVolume } from '../../test/temporary-volume.ts'
import { parkedPages } from '../delivery/parked-pages.ts'
import { systemClock } from '../owner/clock.ts'
import type { ShardParking } from './held-shard.ts'
import { intents } from './intents.ts'
import type { ShardHolder } from './shard-holder.ts'

const guilds = 9
/** Often enough for a test, and seldom enough for a busy machine: a beat that is half an interval late ends a session. */
const beatMs = 1500

/** A simulated Discord, and an owner and leases that outlive the holders that are started. */
async function startWorld(options: Parameters<typeof startDiscordSim>[0] = {}) {
  const parts = new AsyncDisposableStack()
  const sim = parts.use(
    await startDiscordSim({
      guilds,
      identify: { maxConcurrency: 16, perKeyMs: 10 },
      probeEveryMs: 0,
      ...options,
    }),
  )
  const owner = new ChainOwner(holderId)
  const leases = new SoleLeases(3)
  return {
    sim,
    owner,
    leases,
    start: async (overrides?: Parameters<typeof startSoleHolder>[3]) =>
      parts.use(await startSoleHolder(sim, leases, owner, overrides)),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}

const sessionsUp = (sim: DiscordSim, count = 3) =>
  eventually(
    () => sim.control.sessions(),
    (sessions) =>
      sessions.filter(({ connected, pendingGuilds }) => connected && pendingGuilds === 0).length === count,
  )

/** By the oracle's hash chains: everything that Discord sent was applied, once each and in order. */
const clean = { missing: 0, duplicated: 0, outOfOrder: 0, foreign: 0, differing: [] }

/** What the oracle says once as many events were applied as were sent. */
async function verdict(sim: DiscordSim, owner: ChainOwner) {
  const sent = async () => (await sim.control.report({})).sent
  await eventually(
    async () => [await sent(), owner.count] as const,
    ([there, here]) => there === here && there > 0,
  )
  return sim.control.report({ guilds: owner.report, lateAfterMs: 600_000 })
}

test('every event of the intents reaches the owner once and in order, from one IDENTIFY a shard', async () => {
  await using world = await startWorld()
  const { sim, owner } = world
  await world.start()
  const sessions = await sessionsUp(sim)
  expect(sessions.map((session) => session.intents)).toEqual([intents, intents, intents])
  await sim.control.burst({ count: 600 })
  expect(await verdict(sim, owner)).toMatchObject(clean)
  expect(owner.guildIds).toHaveLength(guilds)
  expect((await sim.control.report({})).gateway).toMatchObject({ identifies: 3, resumes: 0 })
})

test('the same over a compressed connection', async () => {
  await using world = await startWorld()
  const { sim, owner } = world
  await world.start({ compression: 'zlib-stream' })
  await sessionsUp(sim)
  await sim.control.burst({ count: 300 })
  expect(await verdict(sim, owner)).toMatchObject(clean)
})

const disturbances: [string, (sim: DiscordSim) => Promise<unknown>][] = [
  ['a dropped TCP connection', (sim) => sim.control.dropSockets({})],
  ['op 7', (sim) => sim.control.askToReconnect({})],
  ['op 9 true', (sim) => sim.control.invalidateSessions({ resumable: true })],
  ['a close with code 4000', (sim) => sim.control.closeSockets({ code: 4000 })],
  ['a close with code 1001', (sim) => sim.control.closeSockets({ code: 1001 })],
  [
    'a resume host that is down',
    async (sim) => {
      await sim.control.setResumeHost({ up: false })
      await sim.control.dropSockets({})
    },
  ],
]

test.each(disturbances)(
  'after %s the sessions are resumed: nothing lost, doubled or out of order (I3)',
  async (_name, disturb) => {
    await using world = await startWorld()
    const { sim, owner } = world
    await world.start()
    await sessionsUp(sim)
    await sim.control.burst({ count: 200 })
    await disturb(sim)
    await sim.control.burst({ count: 400 })
    await sessionsUp(sim)
    await sim.control.burst({ count: 200 })
    expect(await verdict(sim, owner)).toMatchObject(clean)
    const { gateway } = await sim.control.report({})
    expect(gateway.identifies).toBe(3)
    expect(gateway.resumes).toBeGreaterThanOrEqual(3)
  },
)

test('a Discord that falls silent is noticed by its heartbeats, and the session resumed', async () => {
  await using world = await startWorld({ heartbeatIntervalMs: beatMs })
  const { sim, owner } = world
  await world.start()
  await sessionsUp(sim)
  await sim.control.silence({ on: true })
  await sim.control.burst({ count: 100 })
  await eventually(
    () => sim.control.sessions(),
    (sessions) => sessions.every(({ connected }) => !connected),
  )
  await sim.control.silence({ on: false })
  await sessionsUp(sim)
  expect(await verdict(sim, owner)).toMatchObject(clean)
  expect((await sim.control.report({})).gateway.identifies).toBe(3)
})

test('a holder that crashes is succeeded by one that resumes its sessions: nothing lost or doubled (I3)', async () => {
  await using world = await startWorld({ replay: { trimOnHeartbeat: true } })
  const { sim, owner, leases } = world
  for (let life = 0; life < 3; life++) {
    const started = await world.start()
    await sessionsUp(sim)
    await sim.control.burst({ count: 200 })
    await eventually(
      () => leases.sessions.size,
      (size) => size === 3,
    )
    await started.crash()
    await sim.control.burst({ count: 200 })
  }
  await world.start()
  await sessionsUp(sim)
  expect(await verdict(sim, owner)).toMatchObject(clean)
  expect((await sim.control.report({})).gateway.identifies).toBe(3)
})

test('Discord is told no seq that is not stored yet: it may trim its replay buffer by it', async () => {
  await using world = await startWorld({ heartbeatIntervalMs: beatMs })
  const { sim, owner, leases } = world
  const started = await world.start()
  await sessionsUp(sim)
  await eventually(
    () => leases.sessions.size,
    (size) => size === 3,
  )
  leases.commit = async () => {
    throw new Error('the config API is away')
  }
  await sim.control.burst({ count: 300 })
  expect(await verdict(sim, owner)).toMatchObject(clean)
  const acks = () => started.holder.views.map(({ lastAckAtMs }) => lastAckAtMs ?? 0)
  for (let beats = 0; beats < 2; beats++) {
    const before = acks()
    await eventually(acks, (now) => now.every((at, index) => at > (before[index] ?? 0)))
  }
  for (const { shardId, acknowledgedSeq } of await sim.control.sessions()) {
    expect(acknowledgedSeq).toBeLessThanOrEqual(leases.sessions.get(shardId)?.seq ?? 0)
  }
})

test('a hand-over stores exactly what was applied, and the successor gets nothing twice', async () => {
  await using world = await startWorld()
  const { sim, owner } = world
  const first = await world.start()
  // Right after IDENTIFY: the hand-over waits for READY, or the session would be lost with its first events.
  await sessionsUp(sim)
  await sim.control.burst({ count: 300 })
  await first.holder.drain()
  await first.crash()
  await world.start()
  await sessionsUp(sim)
  await sim.control.burst({ count: 300 })
  expect(await verdict(sim, owner)).toMatchObject(clean)
  expect(owner.skipped).toBe(0)
  expect((await sim.control.report({})).gateway).toMatchObject({ identifies: 3, closes: { 4200: 3 } })
})

test('a session that Discord ended is replaced by a new one of a higher generation', async () => {
  await using world = await startWorld()
  const { sim, owner, leases } = world
  await world.start()
  await sessionsUp(sim)
  await eventually(
    () => [...leases.sessions.values()],
    (all) => all.length === 3,
  )
  await sim.control.closeSockets({ shardId: 1, code: 4009 })
  await eventually(
    () => leases.sessions.get(1)?.generation ?? 0,
    (generation) => generation > 3,
  )
  await sessionsUp(sim)
  await sim.control.burst({ count: 100 })
  expect(await verdict(sim, owner)).toMatchObject(clean)
  expect(leases.gaps).toMatchObject([{ shardId: 1, guildId: null, reason: expect.stringContaining('4009') }])
  expect((await sim.control.report({})).gateway.identifies).toBe(4)
})

test.each([
  ['op 9 false', (sim: DiscordSim) => sim.control.invalidateSessions({ shardId: 1, resumable: false })],
  ['close code 4007', (sim: DiscordSim) => sim.control.closeSockets({ shardId: 1, code: 4007 })],
])(
  'after %s what is held of the old session is applied before anything of the new one',
  async (_name, end) => {
    await using world = await startWorld()
    const { sim, owner, leases } = world
    await world.start()
    await sessionsUp(sim)
    let away = true
    owner.before = () => {
      if (away) throw new Error('the owner is away')
    }
    await sim.control.burst({ count: 300 })
    await end(sim)
    await eventually(
      () => leases.gaps,
      (gaps) => gaps.length === 1 && (gaps[0]?.undelivered ?? 0) > 0,
    )
    await sessionsUp(sim)
    away = false
    expect(await verdict(sim, owner)).toMatchObject(clean)
    expect((await sim.control.report({})).gateway.identifies).toBe(4)
  },
)

test('a disallowed intent ends the attempts and says which switch to set', async () => {
  await using world = await startWorld({ privilegedIntents: { messageContent: false } })
  const { sim } = world
  const told: string[] = []
  const log = {
    debug() {},
    info() {},
    warn() {},
    error: (_: object, message: string) => void told.push(message),
  }
  const started = await world.start({ delivery: { log } })
  await eventually(
    () => started.holder.views,
    (views) => views.length === 3 && views.every(({ refusal }) => refusal),
  )
  expect(told.join('\n')).toContain('Message Content Intent')
  expect((await sim.control.report({})).gateway.identifies).toBe(0)
})

test('an owner that answers nothing for one guild delays no other guild', async () => {
  await using world = await startWorld()
  const { sim, owner } = world
  await world.start()
  await sessionsUp(sim)
  await eventually(
    () => owner.guildIds,
    (ids) => ids.length === guilds,
  )
  const [stuck] = owner.guildIds
  owner.refuse = (guildId) => (guildId === stuck ? { kind: 'GuildFenced', guildId, retryAfterMs: 5 } : null)
  await sim.control.burst({ count: 400 })
  const others = async () => {
    const report = await sim.control.report({ guilds: owner.report })
    return report.differing.filter(({ guildId }) => guildId !== stuck)
  }
  await eventually(others, (differing) => differing.length === 0)
  owner.refuse = () => null
  expect(await verdict(sim, owner)).toMatchObject(clean)
})

test('when too much waits for its owner and the disk has no room, reading pauses and nothing is dropped (I15)', async () => {
  await using world = await startWorld()
  const { sim, owner } = world
  const started = await world.start({ window: { events: 50, size: 1e9 }, parkingLimit: 0 })
  await sessionsUp(sim)
  let away = true
  owner.before = () => {
    if (away) throw new Error('the owner is away')
  }
  await sim.control.burst({ count: 1500 })
  await eventually(
    () => started.holder.views,
    (views) => views.every(({ paused }) => paused),
  )
  away = false
  expect(await verdict(sim, owner)).toMatchObject(clean)
})

/** What the stored seqs of all shards have passed, of the current sessions. */
const storedSeqs = (leases: SoleLeases) =>
  [...leases.sessions.values()].reduce((sum, one) => sum + (one?.seq ?? 0), 0)

/** An owner that takes nothing for now; what does not fit into the window of 50 events goes to the disk. */
async function parkEverything(world: Awaited<ReturnType<typeof startWorld>>, volume: ShardParking['volume']) {
  const { sim, owner, leases } = world
  const first = await world.start({ window: { events: 50, size: 1e9 }, volume })
  await sessionsUp(sim)
  await sim.control.burst({ count: 100 })
  await verdict(sim, owner)
  let isAway = true
  owner.before = () => {
    if (isAway) throw new Error('the owner is away')
  }
  const before = storedSeqs(leases)
  await sim.control.burst({ count: 900 })
  await eventually(() => storedSeqs(leases) >= before + 700)
  return {
    first,
    comeBack: () => {
      isAway = false
    },
  }
}

test('parked events outlive the holder: its successor on the same volume delivers them before anything newer (I3)', async () => {
  await using world = await startWorld({ replay: { trimOnHeartbeat: true } })
  const { sim, owner, leases } = world
  using temporary = temporaryVolume()
  const { first, comeBack } = await parkEverything(world, temporary.volume)
  await first.crash()
  await world.start({ volume: temporary.volume })
  await sessionsUp(sim)
  await sim.control.burst({ count: 200 })
  comeBack()
  expect(await verdict(sim, owner)).toMatchObject(clean)
  expect((await sim.control.report({})).gateway.identifies).toBe(3)
  await eventually(() => leases.parked.size === 0)
  expect(temporary.volume.parked.size).toBe(0)
})

test.each(['crashes', 'hands over'])(
  'parked events travel with the lease: when a holder %s, the next one fetches them from its disk first (I3)',
  async (how) => {
    await using world = await startWorld({ replay: { trimOnHeartbeat: true } })
    const { sim, owner, leases } = world
    using temporary = temporaryVolume()
    const { first, comeBack } = await parkEverything(world, temporary.volume)
    const handedOver = how === 'hands over' ? first.holder.drain() : first.crash()
    if (how === 'crashes') await handedOver
    const next = gatewayIdOf(1)
    const asked = new Array<GatewayId>()
    let isReachable = false
    await world.start({
      self: { gatewayId: next, incarnation: () => ({ registration: 1, restart: 0 }) },
      keepers: {
        page: async (keeper, claim, after) => {
          asked.push(keeper)
          if (!isReachable) throw new MeshError({ kind: 'Unavailable', service: keeper, retryAfterMs: 1 })
          return pages(first.holder).parked({ ...claim, holder, after }, call)
        },
        forget: (_keeper, claim) => pages(first.holder).forgetParked({ ...claim, holder }, call),
      },
    })
    const holder = { gatewayId: next, incarnation: { registration: 1, restart: 0 } }
    const call: Call = {
      caller: { kind: 'service', name: next, role: 'gateway', gatewayId: next },
      signal: AbortSignal.timeout(60_000),
      remainingMs: () => null,
      traceparent: null,
    }
    const pages = (keeper: ShardHolder) =>
      parkedPages({
        disk: temporary.volume.parked,
        yieldTo: (claim) => keeper.yieldTo(claim),
        clock: systemClock,
      })
    await sessionsUp(sim)
    comeBack()
    await sim.control.burst({ count: 200 })
    await eventually(() => asked.length >= 6)
    // Nothing overtakes what lies at a keeper that cannot be reached.
    const report = await sim.control.report({ guilds: owner.report })
    expect(report).toMatchObject({ duplicated: 0, outOfOrder: 0, foreign: 0 })
    isReachable = true
    expect(await verdict(sim, owner)).toMatchObject(clean)
    expect((await sim.control.report({})).gateway.identifies).toBe(3)
    await eventually(() => leases.parked.size === 0 && temporary.volume.parked.size === 0)
    await handedOver
  },
)

test('a keeper gives its parked events only to a later lease than its own, and drops what it still holds by the older one', async () => {
  await using world = await startWorld()
  const { sim } = world
  const { holder } = await world.start()
  await sessionsUp(sim)
  const held = () => holder.views.map(({ shardId }) => shardId)
  expect(() => holder.yieldTo({ shardId: 1, shardEpoch: 1 })).toThrow(/epoch/i)
  expect(held()).toEqual([0, 1, 2])
  holder.yieldTo({ shardId: 1, shardEpoch: 100 })
  expect(held()).toEqual([0, 2])
})
