import { expect, test } from 'vitest'
import { chainStart, extendChain, isChainedEvent, payloadHash } from '../src/index.ts'
import type { BotGuildReport, DiscordSim } from '../src/index.ts'
import { RawGateway } from './raw-gateway.ts'
import { firstGuild, restCaller, startFast } from './sim-fixture.ts'

interface Applied {
  event: string
  payloadHash: string
  appliedAt: number
}

/** What a bot's probe does: keeps the events of each guild in the order in which they were applied. */
class Probe {
  readonly guilds = new Map<string, Applied[]>()

  static async attach(sim: DiscordSim): Promise<{ probe: Probe; gateway: RawGateway }> {
    const gateway = await RawGateway.connect(sim.urls.gateway)
    const ready = await gateway.ready((await sim.control.app()).token)
    await gateway.until(() => gateway.dispatches('GUILD_CREATE').length === ready.guilds.length)
    return { probe: new Probe(), gateway }
  }

  /** Applies everything that came, once `count` chained events are there. */
  async take(gateway: RawGateway, count: number): Promise<void> {
    const chained = () => gateway.dispatches().filter((frame) => isChainedEvent(frame.t ?? ''))
    await gateway.until(() => chained().length >= count)
    for (const frame of chained()) {
      const guildId = (frame.d as { guild_id?: string }).guild_id
      if (guildId === undefined) continue
      const list = this.guilds.get(guildId) ?? []
      this.guilds.set(guildId, list)
      list.push({ event: frame.t ?? '', payloadHash: payloadHash(frame.d), appliedAt: Date.now() })
    }
  }

  report(withEvents = true): Record<string, BotGuildReport> {
    return Object.fromEntries(
      [...this.guilds].map(([guildId, events]) => [
        guildId,
        {
          count: events.length,
          head: events.reduce(
            (head, next) => extendChain(head, next.event, next.payloadHash),
            chainStart(guildId),
          ),
          ...(withEvents ? { events } : {}),
        },
      ]),
    )
  }

  of(guildId: string): Applied[] {
    return this.guilds.get(guildId) ?? []
  }
}

async function afterTraffic(sim: DiscordSim) {
  const { probe, gateway } = await Probe.attach(sim)
  await sim.control.burst({ count: 300, seed: 5 })
  const { sent } = await sim.control.report({})
  await probe.take(gateway, sent)
  gateway.socket.terminate()
  const { guildId } = await firstGuild(sim)
  return { probe, guildId, events: probe.of(guildId) }
}

test('a bot that applied everything once and in order is clean', async () => {
  await using sim = await startFast({ guilds: 5 })
  const { probe } = await afterTraffic(sim)
  const report = await sim.control.report({ guilds: probe.report() })
  expect(report).toMatchObject({
    clean: true,
    missing: 0,
    duplicated: 0,
    outOfOrder: 0,
    late: 0,
    differing: [],
  })
  expect(report.sent).toBeGreaterThan(250)
  expect(report.applied).toBe(report.sent)
})

test('heads alone are enough to be judged clean', async () => {
  await using sim = await startFast({ guilds: 5 })
  const { probe } = await afterTraffic(sim)
  expect(await sim.control.report({ guilds: probe.report(false) })).toMatchObject({ clean: true })
})

test('a lost event is found, with its place', async () => {
  await using sim = await startFast({ guilds: 5 })
  const { probe, guildId, events } = await afterTraffic(sim)
  const [lost] = events.splice(7, 1)
  const report = await sim.control.report({ guilds: probe.report() })
  expect(report).toMatchObject({ clean: false, missing: 1, duplicated: 0, outOfOrder: 0 })
  expect(report.differing[0]).toMatchObject({
    guildId,
    firstDifference: { index: 7, expected: `${lost?.event} ${lost?.payloadHash}` },
  })
})

test('a doubled event is found', async () => {
  await using sim = await startFast({ guilds: 5 })
  const { probe, events } = await afterTraffic(sim)
  events.splice(9, 0, ...events.slice(8, 9))
  expect(await sim.control.report({ guilds: probe.report() })).toMatchObject({
    clean: false,
    missing: 0,
    duplicated: 1,
  })
})

test('two swapped events are found, even by their heads alone', async () => {
  await using sim = await startFast({ guilds: 5 })
  const { probe, events } = await afterTraffic(sim)
  events.splice(3, 2, ...events.slice(3, 5).toReversed())
  expect(await sim.control.report({ guilds: probe.report() })).toMatchObject({
    clean: false,
    missing: 0,
    duplicated: 0,
    outOfOrder: 1,
  })
  expect(await sim.control.report({ guilds: probe.report(false) })).toMatchObject({
    clean: false,
    outOfOrder: 1,
  })
})

test('a late event is found', async () => {
  await using sim = await startFast({ guilds: 5 })
  const { probe, events } = await afterTraffic(sim)
  const late = events[4]
  if (late) late.appliedAt += 60_000
  expect(await sim.control.report({ guilds: probe.report(), lateAfterMs: 30_000 })).toMatchObject({
    clean: false,
    late: 1,
  })
})

test('a whole guild that was never reported is missing', async () => {
  await using sim = await startFast({ guilds: 5 })
  const { probe, guildId, events } = await afterTraffic(sim)
  probe.guilds.delete(guildId)
  const report = await sim.control.report({ guilds: probe.report() })
  expect(report).toMatchObject({ clean: false, missing: events.length })
})

test('an event that was altered is missing and foreign at once', async () => {
  await using sim = await startFast({ guilds: 5 })
  const { probe, events } = await afterTraffic(sim)
  events[2] = { event: 'MESSAGE_CREATE', payloadHash: payloadHash({ made: 'up' }), appliedAt: Date.now() }
  expect(await sim.control.report({ guilds: probe.report() })).toMatchObject({
    clean: false,
    missing: 1,
    foreign: 1,
  })
})

test('the ledger and the stream agree after a RESUME too', async () => {
  await using sim = await startFast({ guilds: 2 })
  const { probe, gateway } = await Probe.attach(sim)
  const { token } = await sim.control.app()
  await sim.control.burst({ count: 50, seed: 1 })
  const half = (await sim.control.report({})).sent
  await probe.take(gateway, half)
  const ready = gateway.dispatches('READY')[0]?.d as { session_id: string }
  const seq = gateway.lastSeq
  gateway.socket.terminate()
  await sim.control.burst({ count: 50, seed: 2 })
  using again = await RawGateway.connect(sim.urls.gateway)
  again.send(6, { token, session_id: ready.session_id, seq })
  await again.dispatch('RESUMED')
  await probe.take(again, (await sim.control.report({})).sent - half)
  expect(await sim.control.report({ guilds: probe.report() })).toMatchObject({ clean: true, applied: 100 })
})

test('a REST call that took effect twice is found by nonce and by audit log', async () => {
  await using sim = await startFast({ strict: true })
  const rest = restCaller(sim)
  const { guildId, channelId, memberId } = await firstGuild(sim)
  await rest('POST', `/channels/${channelId}/messages`, { content: 'once', nonce: 'a', enforce_nonce: true })
  await rest('POST', `/channels/${channelId}/messages`, { content: 'once', nonce: 'a', enforce_nonce: true })
  await rest('PATCH', `/guilds/${guildId}/members/${memberId}`, { nick: 'calm' })
  expect(await sim.control.report({ expectedNonces: ['a'] })).toMatchObject({
    clean: true,
    rest: { doubledNonces: [], deduplicated: 1, missingNonces: [] },
  })

  await rest('POST', `/channels/${channelId}/messages`, { content: 'twice', nonce: 'b' })
  await rest('POST', `/channels/${channelId}/messages`, { content: 'twice', nonce: 'b' })
  await rest('POST', `/channels/${channelId}/threads`, { name: 'someone logs', type: 11 })
  await rest('POST', `/channels/${channelId}/threads`, { name: 'someone logs', type: 11 })
  const report = await sim.control.report({ expectedNonces: ['a', 'b', 'c'] })
  expect(report.clean).toBe(false)
  expect(report.rest.doubledNonces).toMatchObject([{ channelId, nonce: 'b' }])
  expect(report.rest.missingNonces).toEqual(['c'])
  expect(report.rest.doubledEffects).toMatchObject([{ guildId, actionType: 110 }])
})

test('a role given, taken and given again is no doubled effect', async () => {
  await using sim = await startFast()
  const rest = restCaller(sim)
  const { guildId, guild, memberId } = await firstGuild(sim)
  const regulars = [...guild.roles.values()].find((role) => role.name === 'Regulars')?.id ?? ''
  for (const method of ['PUT', 'DELETE', 'PUT']) {
    expect((await rest(method, `/guilds/${guildId}/members/${memberId}/roles/${regulars}`)).status).toBe(204)
  }
  expect((await sim.control.report({})).rest.doubledEffects).toEqual([])
})

test('a softban done twice is a doubled effect; a ban after a moderator lifted it is none', async () => {
  await using sim = await startFast()
  const rest = restCaller(sim)
  const { guildId, ownerId, memberId } = await firstGuild(sim)
  const ban = `/guilds/${guildId}/bans/${memberId}`
  await rest('PUT', ban, {})
  await sim.control.unban({ guildId, userId: memberId, actorId: ownerId })
  await rest('PUT', ban, {})
  expect((await sim.control.report({})).rest.doubledEffects).toEqual([])
  await rest('DELETE', ban)
  await rest('PUT', ban, {})
  expect((await sim.control.report({})).rest.doubledEffects).toMatchObject([{ guildId, actionType: 22 }])
})
