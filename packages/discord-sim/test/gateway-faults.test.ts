import { expect, test } from 'vitest'
import { VirtualClock } from '../src/index.ts'
import type { DiscordSim } from '../src/index.ts'
import { RawGateway } from './raw-gateway.ts'
import { firstGuild, restCaller, startFast } from './sim-fixture.ts'

async function connected(sim: DiscordSim, query?: string) {
  const { token } = await sim.control.app()
  const gateway = await RawGateway.connect(sim.urls.gateway, query)
  const ready = await gateway.ready(token)
  await gateway.until(() => gateway.dispatches('GUILD_CREATE').length === ready.guilds.length)
  return { gateway, ready, token }
}

async function resume(sim: DiscordSim, token: string, sessionId: string, seq: number): Promise<RawGateway> {
  const gateway = await RawGateway.connect(sim.urls.gateway)
  gateway.send(6, { token, session_id: sessionId, seq })
  return gateway
}

/** A session whose socket is gone, with 20 events that it has missed. */
async function withMissedEvents(sim: DiscordSim) {
  const { channelId, ownerId } = await firstGuild(sim)
  const { gateway, ready, token } = await connected(sim)
  const seq = gateway.lastSeq
  gateway.socket.terminate()
  for (let index = 0; index < 20; index++)
    await sim.control.sendMessage({ channelId, userId: ownerId, content: `missed ${index}` })
  return { seq, token, sessionId: ready.session_id }
}

/*
 * "In the event of a service outage where you stay connected to the Gateway, you should continue to send
 * heartbeats and receive heartbeat ACKs. The Gateway will eventually respond and issue a session once it's
 * able to." https://docs.discord.com/developers/events/gateway#heartbeat-interval
 */
test('READY is withheld while heartbeats are answered, and comes when the outage ends', async () => {
  const clock = new VirtualClock()
  await using sim = await startFast({ clock, guilds: 2 })
  const rest = restCaller(sim)
  const { token } = await sim.control.app()
  await sim.control.withholdReady({ on: true })
  using gateway = await RawGateway.connect(sim.urls.gateway)
  gateway.identify(token)
  for (let minute = 1; minute <= 30; minute++) {
    gateway.send(1, null)
    await gateway.until(() => gateway.frames.filter((frame) => frame.op === 11).length === minute)
    clock.advance(40_000)
  }
  expect(gateway.dispatches()).toEqual([])
  expect(gateway.closeCode).toBeNull()
  expect(await sim.control.sessions()).toEqual([])
  // The IDENTIFY is spent all the same; one more on this socket is one too many.
  const { session_start_limit: limit } = (await rest('GET', '/gateway/bot')).body as {
    session_start_limit: { remaining: number }
  }
  expect(limit.remaining).toBe(999)
  await sim.control.withholdReady({ on: false })
  await gateway.dispatch('READY')
  await gateway.until(() => gateway.dispatches('GUILD_CREATE').length === 2)
  gateway.identify(token)
  expect(await gateway.closed()).toBe(4005)
})

test('an outage of one shard leaves the others alone, and may withhold replays too', async () => {
  await using sim = await startFast({ guilds: 2 })
  const { seq, token, sessionId } = await withMissedEvents(sim)
  await sim.control.withholdReady({ on: true, shardId: 1, shardCount: 2 })
  using zero = await RawGateway.connect(sim.urls.gateway)
  await zero.ready(token, { shard: [0, 2] })
  await sim.control.withholdReady({ on: true, resumes: true })
  using again = await resume(sim, token, sessionId, seq)
  again.send(1, seq)
  await again.frame((frame) => frame.op === 11)
  expect(again.dispatches()).toEqual([])
  await sim.control.clearFaults()
  await again.dispatch('RESUMED')
  expect(again.dispatches('MESSAGE_CREATE')).toHaveLength(20)
})

/*
 * "This can occur at any point in the gateway connection lifecycle, even before/in place of receiving a Hello
 * event. A few seconds after the reconnect event is dispatched, the connection may be closed by the server."
 * https://docs.discord.com/developers/events/gateway-events#reconnect
 */
test('op 7 comes in the place of HELLO, and the server closes a client that stays', async () => {
  const clock = new VirtualClock()
  await using sim = await startFast({ clock })
  await sim.control.reconnectInsteadOfHello({ times: 1 })
  using first = await RawGateway.connect(sim.urls.gateway)
  expect(first.frames).toEqual([{ t: null, s: null, op: 7, d: null }])
  clock.advance(5_000)
  expect(await first.closed()).toBe(4000)
  using second = await RawGateway.connect(sim.urls.gateway)
  expect(second.frames[0]?.op).toBe(10)
})

test('after op 7 the server closes a client that stays, and its session can be resumed', async () => {
  const clock = new VirtualClock()
  await using sim = await startFast({ clock })
  const { gateway, ready, token } = await connected(sim)
  expect(await sim.control.askToReconnect({ thenClose: true })).toEqual({ sockets: 1 })
  await gateway.frame((frame) => frame.op === 7)
  clock.advance(5_000)
  expect(await gateway.closed()).toBe(4000)
  using again = await resume(sim, token, ready.session_id, gateway.lastSeq)
  await again.dispatch('RESUMED')
})

/*
 * "If successful, the Gateway will send the missed events in order, finishing with a Resumed event to signal
 * event replay has finished": until then anything of "Handling a Disconnect" may happen.
 * https://docs.discord.com/developers/events/gateway#resuming
 */
test('a socket lost in the middle of a replay leaves the session to the next RESUME', async () => {
  await using sim = await startFast({ guilds: 1 })
  const { seq, token, sessionId } = await withMissedEvents(sim)
  await sim.control.breakReplays({ how: 'drop', afterEvents: 7 })
  using broken = await resume(sim, token, sessionId, seq)
  expect(await broken.closed()).toBe(1006)
  expect(broken.dispatches().length).toBeLessThanOrEqual(7)
  expect(broken.dispatches('RESUMED')).toEqual([])
  using again = await resume(sim, token, sessionId, seq + broken.dispatches().length)
  await again.dispatch('RESUMED')
  expect(broken.dispatches().length + again.dispatches('MESSAGE_CREATE').length).toBe(20)
})

// "an active session has been invalidated": https://docs.discord.com/developers/events/gateway-events#invalid-session
test.each([
  ['invalid-session', false],
  ['resumable-invalid-session', true],
] as const)('op 9 in the middle of a replay: %s', async (how, isResumable) => {
  await using sim = await startFast({ guilds: 1 })
  const { seq, token, sessionId } = await withMissedEvents(sim)
  await sim.control.breakReplays({ how, afterEvents: 5 })
  using broken = await resume(sim, token, sessionId, seq)
  expect(await broken.frame((frame) => frame.op === 9)).toMatchObject({ d: isResumable })
  expect(broken.dispatches()).toHaveLength(5)
  using again = await resume(sim, token, sessionId, seq + 5)
  if (isResumable) {
    await again.dispatch('RESUMED')
    expect(again.dispatches('MESSAGE_CREATE')).toHaveLength(15)
  } else expect(await again.frame((frame) => frame.op === 9)).toMatchObject({ d: false })
})

test('op 7 in the middle of a replay, and before RESUMED where the replay is shorter', async () => {
  await using sim = await startFast({ guilds: 1 })
  const { seq, token, sessionId } = await withMissedEvents(sim)
  await sim.control.breakReplays({ how: 'reconnect', afterEvents: 100 })
  using broken = await resume(sim, token, sessionId, seq)
  await broken.frame((frame) => frame.op === 7)
  expect(broken.dispatches('MESSAGE_CREATE')).toHaveLength(20)
  expect(broken.dispatches('RESUMED')).toEqual([])
  using again = await resume(sim, token, sessionId, seq + 20)
  await again.dispatch('RESUMED')
})

/*
 * "Gateway disconnects happen for a variety of reasons"; "In order to prevent broken reconnect loops, you should
 * consider some close codes as a signal to stop reconnecting": 4000 is none of them.
 * https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
 */
test.each(['v=10&encoding=json', 'v=10&encoding=json&compress=zlib-stream'])(
  'sockets are closed right after READY, again and again (%s)',
  async (query) => {
    await using sim = await startFast({ guilds: 1 })
    const { token } = await sim.control.app()
    await sim.control.closeAfter({ event: 'READY', code: 4000, times: 3 })
    for (let round = 0; round < 3; round++) {
      using gateway = await RawGateway.connect(sim.urls.gateway, query)
      await gateway.ready(token)
      expect(await gateway.closed()).toBe(4000)
    }
    const { gateway } = await connected(sim, query)
    gateway.socket.terminate()
    expect((await sim.control.report({})).gateway.closes).toMatchObject({ 4000: 3 })
  },
)

test('sockets are cut right after RESUMED, again and again; the session lives on', async () => {
  await using sim = await startFast({ guilds: 1 })
  const { seq, token, sessionId } = await withMissedEvents(sim)
  await sim.control.closeAfter({ event: 'RESUMED', times: 2 })
  for (let round = 0; round < 2; round++) {
    using gateway = await resume(sim, token, sessionId, seq)
    expect(await gateway.closed()).toBe(1006)
  }
  using last = await resume(sim, token, sessionId, seq)
  await last.dispatch('RESUMED')
  last.send(1, null)
  await last.frame((frame) => frame.op === 11)
})

/*
 * Not documented as a number: a client that does not read is disconnected by whoever sends to it, without a
 * close frame that it could read. Its session is an ordinary dropped one ("If you simply close the TCP
 * connection … the session will remain active"): https://docs.discord.com/developers/events/gateway#initiating-a-disconnect
 */
test('a reader that is too slow is dropped and may resume, at its own pace', async () => {
  await using sim = await startFast({ guilds: 1, backlogBytes: 2_000_000 })
  const { channelId, ownerId } = await firstGuild(sim)
  const { gateway, ready, token } = await connected(sim)
  const seq = gateway.lastSeq
  gateway.socket.pause()
  const slowReaders = async () => (await sim.control.report({})).gateway.slowReaders
  let sent = 0
  for (const content = '☃'.repeat(4_000); (await slowReaders()) === 0; sent++) {
    expect(sent).toBeLessThan(5_000)
    await sim.control.sendMessage({ channelId, userId: ownerId, content })
  }
  gateway.socket.terminate()
  await sim.control.setBacklogLimit({ bytes: 8_000_000 })
  using again = await resume(sim, token, ready.session_id, seq)
  await again.dispatch('RESUMED')
  expect(again.dispatches('MESSAGE_CREATE')).toHaveLength(sent)
  expect(again.dispatches().map((frame) => frame.s)).toEqual(
    Array.from({ length: sent + 1 }, (_, index) => seq + 1 + index),
  )
})

/*
 * "remaining: Remaining number of session starts the current user is allowed", of all clients together: "This
 * limit is global and across all shards." https://docs.discord.com/developers/events/gateway#identifying
 */
test('session starts that another client used are missing here', async () => {
  await using sim = await startFast({ identify: { total: 10 } })
  const rest = restCaller(sim)
  expect(await sim.control.useSessionStarts({ times: 8 })).toMatchObject({ remaining: 2 })
  const { gateway } = await connected(sim)
  gateway.socket.terminate()
  await sim.control.useSessionStarts({ times: 500 })
  expect((await rest('GET', '/gateway/bot')).body).toMatchObject({
    session_start_limit: { total: 10, remaining: 0 },
  })
})

/*
 * "This route should not be cached for extended periods of time as the value is not guaranteed to be the same
 * per-call, and changes as the bot joins/leaves guilds." https://docs.discord.com/developers/events/gateway#get-gateway-bot
 */
test('the recommended number of shards changes at run time, and old sessions go on', async () => {
  await using sim = await startFast({ guilds: 4 })
  const rest = restCaller(sim)
  const { gateway } = await connected(sim)
  expect((await rest('GET', '/gateway/bot')).body).toMatchObject({ shards: 3 })
  await sim.control.setRecommendedShards({ shards: 5 })
  expect((await rest('GET', '/gateway/bot')).body).toMatchObject({ shards: 5 })
  const { channelId, ownerId } = await firstGuild(sim)
  await sim.control.sendMessage({ channelId, userId: ownerId, content: 'still here' })
  await gateway.dispatch('MESSAGE_CREATE')
  gateway.socket.terminate()
})

/*
 * Within the documented limits: 500 channels a guild, 4,096 characters of a forum's topic, overwrites without
 * a stated limit. https://docs.discord.com/developers/resources/channel#channel-object-channel-structure
 */
test('a GUILD_CREATE of 8 MB comes in one piece', async () => {
  await using sim = await startFast({ guilds: 1 })
  const { guildId, guild } = await firstGuild(sim)
  const { bytes } = await sim.control.fillGuild({ guildId, bytes: 8_000_000 })
  expect(bytes).toBeGreaterThan(8_000_000)
  expect(guild.channels.size).toBeLessThanOrEqual(500)
  const { gateway } = await connected(sim)
  const [created] = gateway.dispatches('GUILD_CREATE')
  expect(Buffer.byteLength(JSON.stringify(created?.d))).toBe(bytes)
  gateway.socket.terminate()
})
