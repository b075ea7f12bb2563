import type { DiscordSim } from '@guildmesh/discord-sim'
import { expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { clean, guilds, sessionsUp, startWorld, verdict } from '../../test/holder-world.ts'
import { intents } from './intents.ts'

/** Often enough for a test, and seldom enough for a busy machine: a beat that is half an interval late ends a session. */
const beatMs = 1500

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

test('after a crash of a holder the next one resumes its sessions: nothing lost or doubled (I3)', async () => {
  await using world = await startWorld({ replay: { trimOnHeartbeat: true } })
  const { sim, owner, leases } = world
  for (let run = 0; run < 3; run++) {
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
  leases.checkpoint.store = async () => {
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
  expect(leases.losses).toMatchObject([{ shardId: 1, guildId: null, reason: 'session-closed' }])
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
      () => leases.losses,
      (losses) => losses.length === 1 && (losses[0]?.undelivered ?? 0) > 0,
    )
    await sessionsUp(sim)
    away = false
    expect(await verdict(sim, owner)).toMatchObject(clean)
    expect((await sim.control.report({})).gateway.identifies).toBe(4)
  },
)

test('a session that is lost while the config API is away starts again with the permit in reserve (I14)', async () => {
  await using world = await startWorld()
  const { sim, owner, leases } = world
  await world.start()
  await sessionsUp(sim)
  await sim.control.burst({ count: 100 })
  await eventually(
    () => leases.reserved.size,
    (size) => size === 3,
  )
  const before = new Map(leases.sessions)
  leases.isAway = true
  await sim.control.invalidateSessions({ shardId: 1, resumable: false })
  await eventually(async () => (await sim.control.report({})).gateway.identifies === 4)
  await sessionsUp(sim)
  await sim.control.burst({ count: 100 })
  expect(await verdict(sim, owner)).toMatchObject(clean)
  expect(leases.sessions).toEqual(before)
  expect(leases.losses).toEqual([])
  leases.isAway = false
  await eventually(
    () => leases.sessions.get(1)?.generation ?? 0,
    (generation) => generation > (before.get(1)?.generation ?? 0),
  )
  await eventually(() => leases.losses.length === 1)
  expect(leases.losses).toMatchObject([{ shardId: 1, guildId: null }])
})

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
  const started = await world.start({ memoryLimit: { events: 50, size: 1e9 }, parkingLimit: 0 })
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
