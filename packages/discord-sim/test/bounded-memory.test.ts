import { expect, test } from 'vitest'
import { chainStart, extendChain, isChainedEvent, payloadHash, VirtualClock } from '../src/index.ts'
import { RawGateway } from './raw-gateway.ts'
import { firstGuild, restCaller, startFast } from './sim-fixture.ts'

test('the oracle keeps its proof of events that it no longer knows one by one', async () => {
  await using sim = await startFast({ guilds: 1, retention: { events: 50 } })
  const { guildId } = await firstGuild(sim)
  using gateway = await RawGateway.connect(sim.urls.gateway)
  await gateway.ready((await sim.control.app()).token)
  await gateway.dispatch('GUILD_CREATE')
  await sim.control.burst({ count: 400, seed: 3 })
  const { sent } = await sim.control.report({})
  const chained = () => gateway.dispatches().filter((frame) => isChainedEvent(frame.t ?? ''))
  await gateway.until(() => chained().length === sent)
  const applied = chained().map((frame) => ({ event: frame.t ?? '', payloadHash: payloadHash(frame.d) }))
  const claim = (events: typeof applied) => ({
    [guildId]: {
      count: events.length,
      head: events.reduce(
        (head, next) => extendChain(head, next.event, next.payloadHash),
        chainStart(guildId),
      ),
      events,
    },
  })

  expect(await sim.control.sentEvents({ guildId })).toHaveLength(50)
  expect(await sim.control.report({ guilds: claim(applied) })).toMatchObject({ clean: true, applied: sent })
  const late = sent - 10
  const early = await sim.control.report({ guilds: claim(applied.toSpliced(20, 1)) })
  expect(early).toMatchObject({ clean: false, missing: 1 })
  expect(early.differing[0]).toMatchObject({ folded: sent - 50, firstDifference: null })
  const lost = await sim.control.report({ guilds: claim(applied.toSpliced(late, 1)) })
  expect(lost.differing[0]).toMatchObject({ missing: 1, firstDifference: { index: late } })
})

test('old messages go first, from the fullest channels, but not what something stands on', async () => {
  await using sim = await startFast({ guilds: 2, retention: { messages: 320, messagesPerChannel: 200 } })
  const rest = restCaller(sim)
  const { guildId, channelId, ownerId, guild } = await firstGuild(sim)
  const say = (channel: string, content: string) =>
    sim.control.sendMessage({ channelId: channel, userId: ownerId, content })
  // The generated traffic stays out of channels with overwrites.
  const closed = [{ id: guildId, type: 0 as const, allow: '0', deny: String(1 << 4) }]
  const quiet = await sim.control.createChannel({ guildId, name: 'quiet', overwrites: closed })
  for (let index = 0; index < 5; index++) await say(quiet.id, `kept ${index}`)
  const pinned = await say(channelId, 'pinned')
  await rest('PUT', `/channels/${channelId}/pins/${pinned.id}`)
  const panel = await rest('POST', `/channels/${channelId}/messages`, {
    content: 'panel',
    components: [{ type: 1, components: [{ type: 2, style: 1, custom_id: 'go', label: 'Go' }] }],
  })
  await say(channelId, 'first of many')
  for (let round = 0; round < 20; round++) await sim.control.burst({ count: 100, seed: round })

  const sizes = [...sim.world.channels.values()].map((channel) => channel.messages?.size ?? 0)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(320 * (17 / 16) + 1)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(200 * (17 / 16) + 1)
  expect(guild.channels.get(quiet.id)?.messages?.size).toBe(5)
  const general = [...(guild.channels.get(channelId)?.messages?.values() ?? [])].map(({ content }) => content)
  expect(general).toContain('pinned')
  expect(general).toContain('panel')
  expect(general).not.toContain('first of many')
  const { id } = panel.body as { id: string }
  expect((await rest('GET', `/channels/${channelId}/messages/${id}`)).status).toBe(200)
})

test('audit entries are bounded in a guild and in all; what was done twice stays known', async () => {
  await using sim = await startFast({ guilds: 2, retention: { auditEntriesPerGuild: 32, auditEntries: 48 } })
  const rest = restCaller(sim)
  const { guildId, memberId } = await firstGuild(sim)
  await rest('PUT', `/guilds/${guildId}/bans/${memberId}`, {})
  await sim.control.unban({ guildId, userId: memberId })
  await rest('PUT', `/guilds/${guildId}/bans/${memberId}`, {})
  await rest('DELETE', `/guilds/${guildId}/bans/${memberId}`)
  await rest('PUT', `/guilds/${guildId}/bans/${memberId}`, {})
  const doubled = (await sim.control.report({})).rest.doubledEffects
  expect(doubled).toMatchObject([{ guildId, actionType: 22 }])
  for (const guild of await sim.control.guilds())
    for (let index = 0; index < 100; index++)
      await sim.control.createRole({ guildId: guild.id, name: `r${index}` })
  const sizes = [...sim.world.guilds.values()].map((guild) => guild.auditLog.length)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(34)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(51)
  expect((await sim.control.report({})).rest.doubledEffects).toEqual(doubled)
  await sim.control.resetReport()
  expect((await sim.control.report({})).rest.doubledEffects).toEqual([])
})

test('nonces that are too old to be known count as missing, doubled ones are never forgotten', async () => {
  await using sim = await startFast({ guilds: 1, retention: { nonces: 3 } })
  const rest = restCaller(sim)
  const { channelId } = await firstGuild(sim)
  for (const nonce of ['a', 'a', 'b', 'c', 'd', 'e'])
    await rest('POST', `/channels/${channelId}/messages`, { content: nonce, nonce })
  const report = await sim.control.report({ expectedNonces: ['b', 'e'] })
  expect(report.rest).toMatchObject({ missingNonces: ['b'], forgottenNonces: 2 })
  expect(report.rest.doubledNonces).toMatchObject([{ nonce: 'a' }])
  expect(report.clean).toBe(false)
})

test('the faults of forgotten interactions stay in the report', async () => {
  const clock = new VirtualClock()
  await using sim = await startFast({ clock, guilds: 1, retention: { interactions: 2 } })
  const rest = restCaller(sim)
  const { channelId, ownerId } = await firstGuild(sim)
  await rest('PUT', `/applications/${(await sim.control.app()).id}/commands`, [
    { name: 'ping', description: 'answers' },
  ])
  const run = () =>
    sim.control.runCommand({ userId: ownerId, channelId, command: 'ping', until: 'first', timeoutMs: 1 })
  const failing = run()
  clock.advance(3_001)
  await failing
  for (let index = 0; index < 4; index++) {
    const running = run()
    const { id, token } = sim.latestInteraction()
    await rest('POST', `/interactions/${id}/${token}/callback`, { type: 4, data: { content: 'pong' } })
    await running
  }
  const { interactions } = await sim.control.report({})
  expect(interactions).toMatchObject({ total: 5, answered: 4 })
  expect(interactions.failed).toMatchObject([{ name: 'ping' }])
})
