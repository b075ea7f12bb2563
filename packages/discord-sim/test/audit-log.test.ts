import { expect, test } from 'vitest'
import { VirtualClock } from '../src/index.ts'
import type { DiscordSimOptions } from '../src/index.ts'
import { RawGateway } from './raw-gateway.ts'
import { firstGuild, restCaller, startFast } from './sim-fixture.ts'

async function setUp(options: DiscordSimOptions = {}) {
  const sim = await startFast({ guilds: 1, ...options })
  const place = await firstGuild(sim)
  const rest = restCaller(sim)
  const send = async (userId: string) =>
    (await sim.control.sendMessage({ channelId: place.channelId, userId, content: 'x' })).id
  const gateway = await RawGateway.connect(sim.urls.gateway)
  gateway.identify((await sim.control.app()).token)
  await gateway.dispatch('GUILD_CREATE')
  const close = async () => {
    gateway[Symbol.dispose]()
    await sim.stop()
  }
  return { sim, rest, send, gateway, ...place, [Symbol.asyncDispose]: close }
}

// "We intentionally do not add to audit log if a user deletes their own message or a bot deletes a single message":
// https://github.com/discord/discord-api-docs/issues/7856
test('neither own deletions nor single deletions by a bot are in the audit log; its bulk deletions are', async () => {
  await using mesh = await setUp()
  const path = `/channels/${mesh.channelId}/messages`
  const own = await mesh.send(mesh.memberId)
  await mesh.sim.control.deleteMessage({ channelId: mesh.channelId, userId: mesh.memberId, messageId: own })
  await mesh.rest('DELETE', `${path}/${await mesh.send(mesh.memberId)}`)
  expect(mesh.guild.auditLog).toEqual([])
  const messages = [await mesh.send(mesh.memberId), await mesh.send(mesh.ownerId)]
  await mesh.rest('POST', `${path}/bulk-delete`, { messages })
  expect(mesh.guild.auditLog).toMatchObject([{ action_type: 73, options: { count: '2' } }])
})

// https://github.com/discord/discord-api-docs/issues/5911: "only gets sent once for the first action taken"
test('of a run of deletions the first has an event, the entry counts on', async () => {
  await using mesh = await setUp()
  for (let index = 0; index < 3; index++) {
    const messageId = await mesh.send(mesh.memberId)
    await mesh.sim.control.deleteMessage({ channelId: mesh.channelId, userId: mesh.ownerId, messageId })
  }
  await mesh.sim.control.updateChannel({ channelId: mesh.channelId, actorId: mesh.ownerId, topic: 'last' })
  await mesh.gateway.until(() =>
    mesh.gateway
      .dispatches('GUILD_AUDIT_LOG_ENTRY_CREATE')
      .some((frame) => (frame.d as { action_type: number }).action_type === 11),
  )
  expect(mesh.gateway.dispatches('GUILD_AUDIT_LOG_ENTRY_CREATE').map((frame) => frame.d)).toMatchObject([
    { action_type: 72, options: { count: '1' } },
    { action_type: 11 },
  ])
  const log = (await mesh.rest('GET', `/guilds/${mesh.guildId}/audit-logs?action_type=72`)).body
  expect(log).toMatchObject({ audit_log_entries: [{ options: { count: '3' } }] })
})

test('an entry and its event come late, under an id of the moment of the deed', async () => {
  const clock = new VirtualClock()
  await using mesh = await setUp({ clock, auditLog: { lagMs: 5_000 } })
  const log = async () => {
    const { body } = await mesh.rest('GET', `/guilds/${mesh.guildId}/audit-logs`)
    return (body as { audit_log_entries: { id: string }[] }).audit_log_entries
  }
  await mesh.rest('PUT', `/guilds/${mesh.guildId}/bans/${mesh.memberId}`, {})
  await mesh.gateway.dispatch('GUILD_BAN_ADD')
  expect(await log()).toEqual([])
  await mesh.sim.control.timeAuditLog({ lagMs: 0 })
  await mesh.sim.control.updateChannel({ channelId: mesh.channelId, actorId: mesh.ownerId, topic: 't' })
  expect(await log()).toMatchObject([{ action_type: 11 }])
  clock.advance(5_000)
  expect(await log()).toMatchObject([{ action_type: 11 }, { action_type: 22 }])
  await mesh.gateway.until(() => mesh.gateway.dispatches('GUILD_AUDIT_LOG_ENTRY_CREATE').length === 2)
})

test.each([
  ['before', ['GUILD_AUDIT_LOG_ENTRY_CREATE', 'GUILD_MEMBER_REMOVE', 'GUILD_BAN_ADD']],
  ['after', ['GUILD_MEMBER_REMOVE', 'GUILD_BAN_ADD', 'GUILD_AUDIT_LOG_ENTRY_CREATE']],
] as const)('an entry comes %s the events of what was done', async (order, expected) => {
  await using mesh = await setUp({ auditLog: { order } })
  await mesh.rest('PUT', `/guilds/${mesh.guildId}/bans/${mesh.memberId}`, {})
  await mesh.gateway.until(() => mesh.gateway.dispatches().length === 5)
  expect(mesh.gateway.dispatches().map((frame) => frame.t)).toEqual(['READY', 'GUILD_CREATE', ...expected])
})

test('with either order both are seen', async () => {
  await using mesh = await setUp({ auditLog: { order: 'either' } })
  for (let index = 0; index < 20; index++) {
    await mesh.sim.control.updateChannel({
      channelId: mesh.channelId,
      actorId: mesh.ownerId,
      topic: `${index}`,
    })
  }
  await mesh.gateway.until(() => mesh.gateway.dispatches().length === 42)
  const names = mesh.gateway.dispatches().slice(2)
  const first = names.filter((_, index) => index % 2 === 0).map((frame) => frame.t)
  expect(new Set(first)).toEqual(new Set(['CHANNEL_UPDATE', 'GUILD_AUDIT_LOG_ENTRY_CREATE']))
})

// "All audit log entries are stored for 45 days": https://docs.discord.com/developers/resources/audit-log
test('entries are gone after 45 days', async () => {
  const clock = new VirtualClock()
  await using mesh = await setUp({ clock, heartbeatIntervalMs: 10_000_000_000 })
  await mesh.rest('PUT', `/guilds/${mesh.guildId}/bans/${mesh.memberId}`, {})
  const count = async () => {
    const { body } = await mesh.rest('GET', `/guilds/${mesh.guildId}/audit-logs`)
    return (body as { audit_log_entries: object[] }).audit_log_entries.length
  }
  expect(await count()).toBe(1)
  clock.advance(45 * 86_400_000 + 1)
  expect(await count()).toBe(0)
})
