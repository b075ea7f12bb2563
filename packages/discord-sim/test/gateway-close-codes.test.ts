import { expect, test } from 'vitest'
import { VirtualClock } from '../src/index.ts'
import { allIntents, RawGateway } from './raw-gateway.ts'
import { startFast } from './sim-fixture.ts'

type Act = (gateway: RawGateway, token: string) => unknown

const refusals: [string, number, Act, string?][] = [
  ['an opcode that does not exist', 4001, (gateway) => gateway.send(99, null)],
  ['an opcode only the server sends', 4001, (gateway) => gateway.send(10, null)],
  ['text that is not JSON', 4002, (gateway) => gateway.socket.send('{"op":')],
  ['a payload without an opcode', 4002, (gateway) => gateway.socket.send('{"d":1}')],
  ['a payload of more than 4096 bytes', 4002, (gateway) => gateway.send(1, 'x'.repeat(4_100))],
  ['an IDENTIFY without intents', 4002, (gateway, token) => gateway.send(2, { token, properties: {} })],
  ['a request before IDENTIFY', 4003, (gateway) => gateway.send(8, { guild_id: '1' })],
  ['a wrong token', 4004, (gateway) => gateway.identify('wrong')],
  [
    'a RESUME with a wrong token',
    4004,
    (gateway) => gateway.send(6, { token: 'no', session_id: 'x', seq: 1 }),
  ],
  ['a shard beyond the count', 4010, (gateway, token) => gateway.identify(token, { shard: [3, 3] })],
  ['an unknown API version', 4012, () => undefined, 'v=6&encoding=json'],
  ['an intent that does not exist', 4013, (gateway, token) => gateway.identify(token, { intents: 1 << 30 })],
  ['an intent that is not allowed', 4014, (gateway, token) => gateway.identify(token, { intents: 1 << 8 })],
]

test.each(refusals)('%s closes with %i', async (_, code, act, query) => {
  await using sim = await startFast({ privilegedIntents: { presences: false } })
  using gateway = await RawGateway.connect(sim.urls.gateway, query)
  act(gateway, (await sim.control.app()).token)
  expect(await gateway.closed()).toBe(code)
})

test('a second IDENTIFY closes with 4005', async () => {
  await using sim = await startFast()
  const { token } = await sim.control.app()
  using gateway = await RawGateway.connect(sim.urls.gateway)
  await gateway.ready(token)
  gateway.identify(token)
  expect(await gateway.closed()).toBe(4005)
})

test('a shard of more than 2,500 guilds must be split: 4011', async () => {
  await using sim = await startFast({ guilds: 2_501, membersPerGuild: 1 })
  const { token } = await sim.control.app()
  using one = await RawGateway.connect(sim.urls.gateway)
  one.identify(token, { shard: [0, 1] })
  expect(await one.closed()).toBe(4011)
  using split = await RawGateway.connect(sim.urls.gateway)
  expect((await split.ready(token, { shard: [0, 2] })).guilds.length).toBeLessThan(2_000)
})

test('more than 120 payloads in a minute close with 4008', async () => {
  await using sim = await startFast()
  using gateway = await RawGateway.connect(sim.urls.gateway)
  await gateway.ready((await sim.control.app()).token)
  for (let sent = 0; sent < 120; sent++) gateway.send(1, null)
  expect(await gateway.closed()).toBe(4008)
})

// Both are documented: "your connection will be closed and you will be forced to Resume"
// https://docs.discord.com/developers/events/gateway#sending-heartbeats
// and 4009, "Your session timed out. Reconnect and start a new one."
// https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
test.each([
  ['resume', 4000, 'RESUMED'],
  ['start-anew', 4009, 9],
] as const)('a client that stops its heartbeats is closed: %s, with %i', async (outcome, code, answer) => {
  const clock = new VirtualClock()
  await using sim = await startFast({ clock, heartbeatIntervalMs: 10_000 })
  await sim.control.setMissedHeartbeats({ outcome })
  const { token } = await sim.control.app()
  using gateway = await RawGateway.connect(sim.urls.gateway)
  const { session_id: sessionId } = await gateway.ready(token)
  clock.advance(9_000)
  gateway.send(1, gateway.lastSeq)
  await gateway.frame((frame) => frame.op === 11)
  clock.advance(11_000)
  expect(gateway.closeCode).toBeNull()
  clock.advance(20_000)
  expect(await gateway.closed()).toBe(code)
  using again = await RawGateway.connect(sim.urls.gateway)
  again.send(6, { token, session_id: sessionId, seq: 1 })
  await again.frame((frame) => frame.t === answer || frame.op === answer)
})

test('an encoding that is not simulated is refused before the upgrade', async () => {
  await using sim = await startFast()
  using gateway = await RawGateway.connect(sim.urls.gateway, 'v=10&encoding=etf')
  expect(gateway.frames).toEqual([])
  expect(gateway.closeCode).toBe(1006)
})

test('presence updates are taken, and their absence of form is not', async () => {
  await using sim = await startFast()
  const { token } = await sim.control.app()
  using gateway = await RawGateway.connect(sim.urls.gateway)
  await gateway.ready(token, { intents: allIntents })
  gateway.send(3, { since: null, activities: [], status: 'online', afk: false })
  gateway.send(1, null)
  await gateway.frame((frame) => frame.op === 11)
  gateway.send(3, 'online')
  expect(await gateway.closed()).toBe(4002)
})
