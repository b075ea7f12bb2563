import { expect, test } from 'vitest'
import { VirtualClock } from '../src/index.ts'
import type { DiscordSim } from '../src/index.ts'
import { allIntents, RawGateway } from './raw-gateway.ts'
import type { GatewayFrame } from './raw-gateway.ts'
import { firstGuild, restCaller, startFast } from './sim-fixture.ts'

async function connected(sim: DiscordSim, options: Parameters<RawGateway['identify']>[1] = {}) {
  const { token } = await sim.control.app()
  const gateway = await RawGateway.connect(sim.urls.gateway)
  const ready = await gateway.ready(token, options)
  await gateway.until(() => gateway.dispatches('GUILD_CREATE').length === ready.guilds.length)
  return { gateway, ready, token }
}

async function resume(url: string, token: string, sessionId: string, seq: number): Promise<RawGateway> {
  const gateway = await RawGateway.connect(url)
  gateway.send(6, { token, session_id: sessionId, seq })
  return gateway
}

const contents = (frames: GatewayFrame[]) => frames.map((frame) => (frame.d as { content: string }).content)

test('RESUME replays exactly the missed events, in order, without GUILD_CREATE', async () => {
  await using sim = await startFast()
  const { channelId, ownerId } = await firstGuild(sim)
  const { gateway, ready, token } = await connected(sim)
  const write = (content: string) => sim.control.sendMessage({ channelId, userId: ownerId, content })
  await write('seen')
  await gateway.dispatch('MESSAGE_CREATE')
  const seq = gateway.lastSeq
  gateway.socket.terminate()
  for (let index = 0; index < 50; index++) await write(`missed ${index}`)

  using again = await resume(ready.resume_gateway_url, token, ready.session_id, seq)
  await again.dispatch('RESUMED')
  expect(contents(again.dispatches('MESSAGE_CREATE'))).toEqual(
    Array.from({ length: 50 }, (_, index) => `missed ${index}`),
  )
  expect(again.dispatches().map((frame) => frame.s)).toEqual(
    Array.from({ length: 51 }, (_, index) => seq + 1 + index),
  )
  expect(again.dispatches('GUILD_CREATE')).toEqual([])
})

test('events that fell out of the ring cannot be resumed: op 9 false', async () => {
  await using sim = await startFast({ guilds: 1, replay: { size: 10 } })
  const { channelId, ownerId } = await firstGuild(sim)
  const { gateway, ready, token } = await connected(sim)
  const seq = gateway.lastSeq
  gateway.socket.terminate()
  for (let index = 0; index < 11; index++)
    await sim.control.sendMessage({ channelId, userId: ownerId, content: 'x' })
  using again = await resume(ready.resume_gateway_url, token, ready.session_id, seq)
  expect(await again.frame((frame) => frame.op === 9)).toMatchObject({ d: false })
})

test('the ring keeps exactly its size', async () => {
  await using sim = await startFast({ guilds: 1, replay: { size: 10 } })
  const { channelId, ownerId } = await firstGuild(sim)
  const { gateway, ready, token } = await connected(sim)
  const seq = gateway.lastSeq
  gateway.socket.terminate()
  for (let index = 0; index < 10; index++)
    await sim.control.sendMessage({ channelId, userId: ownerId, content: 'x' })
  using again = await resume(ready.resume_gateway_url, token, ready.session_id, seq)
  await again.dispatch('RESUMED')
  expect(again.dispatches('MESSAGE_CREATE')).toHaveLength(10)
})

test('a session that waited longer than the ring remembers is gone', async () => {
  const clock = new VirtualClock()
  await using sim = await startFast({ clock, replay: { ageMs: 60_000 } })
  const { gateway, ready, token } = await connected(sim)
  const seq = gateway.lastSeq
  gateway.socket.terminate()
  await expect.poll(async () => (await sim.control.sessions())[0]?.connected).toBe(false)
  clock.advance(61_000)
  using again = await resume(ready.resume_gateway_url, token, ready.session_id, seq)
  expect(await again.frame((frame) => frame.op === 9)).toMatchObject({ d: false })
})

test('with trimming, what a heartbeat acknowledged cannot be replayed', async () => {
  await using sim = await startFast({ guilds: 1, replay: { trimOnHeartbeat: true } })
  const { channelId, ownerId } = await firstGuild(sim)
  const { gateway, ready, token } = await connected(sim)
  const before = gateway.lastSeq
  await sim.control.sendMessage({ channelId, userId: ownerId, content: 'acknowledged' })
  await gateway.dispatch('MESSAGE_CREATE')
  gateway.send(1, gateway.lastSeq)
  await gateway.frame((frame) => frame.op === 11)
  gateway.socket.terminate()
  using again = await resume(ready.resume_gateway_url, token, ready.session_id, before)
  expect(await again.frame((frame) => frame.op === 9)).toMatchObject({ d: false })
})

test('a seq from the future closes with 4007 and ends the session', async () => {
  await using sim = await startFast()
  const { gateway, ready, token } = await connected(sim)
  gateway.socket.terminate()
  using again = await resume(ready.resume_gateway_url, token, ready.session_id, 1_000_000)
  expect(await again.closed()).toBe(4007)
  expect(await sim.control.sessions()).toEqual([])
})

test('a client that closes with 1000 ends its session, with any other code it may resume', async () => {
  await using sim = await startFast()
  const first = await connected(sim)
  first.gateway.socket.close(4200)
  await expect.poll(async () => (await sim.control.sessions())[0]?.connected).toBe(false)
  using again = await resume(sim.urls.gateway, first.token, first.ready.session_id, first.gateway.lastSeq)
  await again.dispatch('RESUMED')
  again.socket.close(1000)
  await expect.poll(async () => (await sim.control.sessions()).length).toBe(0)
})

test('the resume host fails alone: the main address still resumes', async () => {
  await using sim = await startFast()
  const { gateway, ready, token } = await connected(sim)
  const seq = gateway.lastSeq
  await sim.control.setResumeHost({ up: false })
  gateway.socket.terminate()
  using refused = await RawGateway.connect(ready.resume_gateway_url)
  expect(refused.closeCode).toBe(1006)
  using main = await resume(sim.urls.gateway, token, ready.session_id, seq)
  await main.dispatch('RESUMED')
  await sim.control.setResumeHost({ up: true })
  using back = await RawGateway.connect(ready.resume_gateway_url)
  expect(back.frames[0]?.op).toBe(10)
})

test('IDENTIFY keys: one per key in its window, other keys at once', async () => {
  const clock = new VirtualClock()
  await using sim = await startFast({ clock, identify: { maxConcurrency: 2, perKeyMs: 5_000 } })
  const { token } = await sim.control.app()
  using zero = await RawGateway.connect(sim.urls.gateway)
  await zero.ready(token, { shard: [0, 4] })
  using two = await RawGateway.connect(sim.urls.gateway)
  two.identify(token, { shard: [2, 4] })
  expect(await two.frame((frame) => frame.op === 9)).toMatchObject({ d: false })
  using one = await RawGateway.connect(sim.urls.gateway)
  await one.ready(token, { shard: [1, 4] })
  clock.advance(5_000)
  await two.ready(token, { shard: [2, 4] })
  expect((await sim.control.report({})).gateway).toMatchObject({ identifies: 3, identifiesRefused: 1 })
})

test('the daily limit is told by REST; exceeding it ends every session and resets the token', async () => {
  const clock = new VirtualClock()
  await using sim = await startFast({ clock, identify: { total: 2 } })
  const rest = restCaller(sim)
  const { gateway: first, token } = await connected(sim, { shard: [0, 2] })
  using second = await RawGateway.connect(sim.urls.gateway)
  await second.ready(token, { shard: [1, 2] })
  expect((await rest('GET', '/gateway/bot')).body).toMatchObject({
    shards: 3,
    session_start_limit: { total: 2, remaining: 0, reset_after: 86_400_000 },
  })
  using third = await RawGateway.connect(sim.urls.gateway)
  third.identify(token, { shard: [0, 2] })
  expect(await third.closed()).toBe(4004)
  expect(await first.closed()).toBe(4004)
  expect((await sim.control.app()).token).not.toBe(token)
  expect(await sim.control.sessions()).toEqual([])
  const old = await rest('GET', '/users/@me', undefined, { authorization: `Bot ${token}` })
  expect(old.status).toBe(401)
  clock.advance(86_400_000)
  expect((await rest('GET', '/gateway/bot')).body).toMatchObject({ session_start_limit: { remaining: 2 } })
})

test('sessions with another shard count run side by side, each with its own numbers', async () => {
  await using sim = await startFast({ guilds: 6 })
  const { guildId, channelId, ownerId } = await firstGuild(sim)
  const one = await connected(sim, { shard: [0, 1] })
  const shard = Number(BigInt(guildId) >> 22n) % 3
  const three = await connected(sim, { shard: [shard, 3] })
  await sim.control.sendMessage({ channelId, userId: ownerId, content: 'both' })
  expect(contents([await one.gateway.dispatch('MESSAGE_CREATE')])).toEqual(['both'])
  expect(contents([await three.gateway.dispatch('MESSAGE_CREATE')])).toEqual(['both'])
  one.gateway.socket.terminate()
  three.gateway.socket.terminate()
})

test('without MESSAGE_CONTENT the text is blank, except where the bot is mentioned', async () => {
  await using sim = await startFast()
  const { channelId, ownerId } = await firstGuild(sim)
  const { gateway } = await connected(sim, { intents: allIntents & ~(1 << 15) })
  const mention = `<@${sim.world.app.botId}> hello`
  await sim.control.sendMessage({ channelId, userId: ownerId, content: 'secret' })
  await sim.control.sendMessage({ channelId, userId: ownerId, content: mention })
  await gateway.until(() => gateway.dispatches('MESSAGE_CREATE').length === 2)
  expect(contents(gateway.dispatches('MESSAGE_CREATE'))).toEqual(['', mention])
  gateway.socket.terminate()
})

test('a session hears only of its intents, and of channels that the bot can see', async () => {
  await using sim = await startFast()
  const { guildId, channelId, ownerId } = await firstGuild(sim)
  const { gateway } = await connected(sim, { intents: 1 | (1 << 9) | (1 << 15) })
  const hidden = await sim.control.createChannel({
    guildId,
    name: 'hidden',
    overwrites: [{ id: guildId, type: 0, allow: '0', deny: '1024' }],
  })
  await sim.control.sendMessage({ channelId: hidden.id, userId: ownerId, content: 'unseen' })
  const seen = await sim.control.sendMessage({ channelId, userId: ownerId, content: 'seen' })
  await sim.control.addReaction({ channelId, userId: ownerId, messageId: seen.id, emoji: '🎉' })
  await sim.control.sendMessage({ channelId, userId: ownerId, content: 'end' })
  await gateway.until(() => gateway.dispatches('MESSAGE_CREATE').length === 2)
  expect(contents(gateway.dispatches('MESSAGE_CREATE'))).toEqual(['seen', 'end'])
  expect(gateway.dispatches('MESSAGE_REACTION_ADD')).toEqual([])
  gateway.socket.terminate()
})

test.each(['v=10&encoding=json&compress=zlib-stream', 'v=10&encoding=json'])(
  'the stream is the same with %s',
  async (query) => {
    await using sim = await startFast({ guilds: 30 })
    const { token } = await sim.control.app()
    using gateway = await RawGateway.connect(sim.urls.gateway, query)
    const ready = await gateway.ready(token)
    await sim.control.burst({ count: 200, seed: 3 })
    await gateway.until(() => gateway.dispatches('GUILD_CREATE').length === ready.guilds.length)
    const [session] = await sim.control.sessions()
    await gateway.until(() => gateway.lastSeq === session?.seq)
    expect(gateway.dispatches().map((frame) => frame.s)).toEqual(
      Array.from({ length: gateway.lastSeq }, (_, index) => index + 1),
    )
  },
)

test('op 8 answers in chunks of a thousand, the whole list once a guild in 30 s', async () => {
  const clock = new VirtualClock()
  await using sim = await startFast({ clock, guilds: 250, membersPerGuild: 1_300 })
  const { guildId, guild } = await firstGuild(sim)
  const { gateway } = await connected(sim)
  gateway.send(8, { guild_id: guildId, query: '', limit: 0, nonce: 'all' })
  await gateway.until(() => gateway.dispatches('GUILD_MEMBERS_CHUNK').length === 2)
  const chunks = gateway
    .dispatches('GUILD_MEMBERS_CHUNK')
    .map((frame) => frame.d as { members: object[]; chunk_count: number; nonce: string })
  expect(chunks.map((chunk) => chunk.members.length)).toEqual([1_000, guild.members.size - 1_000])
  expect(chunks[0]).toMatchObject({ chunk_count: 2, nonce: 'all' })

  gateway.send(8, { guild_id: guildId, query: '', limit: 0, nonce: 'again' })
  expect(await gateway.dispatch('RATE_LIMITED')).toMatchObject({
    d: { opcode: 8, retry_after: 30, meta: { guild_id: guildId, nonce: 'again' } },
  })
  const someone = [...guild.members.keys()][5] ?? ''
  gateway.send(8, { guild_id: guildId, user_ids: [someone, '100000000000000001'] })
  await gateway.until(() => gateway.dispatches('GUILD_MEMBERS_CHUNK').length === 3)
  expect(gateway.dispatches('GUILD_MEMBERS_CHUNK')[2]).toMatchObject({
    d: { members: [{ user: { id: someone } }], not_found: ['100000000000000001'] },
  })
  gateway.socket.terminate()
})

test('a guild outage is announced and nothing of it comes until it ends', async () => {
  await using sim = await startFast()
  const { guildId, channelId, ownerId } = await firstGuild(sim)
  const { gateway } = await connected(sim)
  await sim.control.setGuildOutage({ guildId, unavailable: true })
  expect(await gateway.dispatch('GUILD_DELETE')).toMatchObject({ d: { id: guildId, unavailable: true } })
  await sim.control.sendMessage({ channelId, userId: ownerId, content: 'during' })
  const before = gateway.dispatches('GUILD_CREATE').length
  await sim.control.setGuildOutage({ guildId, unavailable: false })
  await gateway.until(() => gateway.dispatches('GUILD_CREATE').length === before + 1)
  expect(gateway.dispatches('MESSAGE_CREATE')).toEqual([])
  gateway.socket.terminate()
})

test('standing faults: silence and slowness leave no gap, op 9 resumable, refused RESUME', async () => {
  await using sim = await startFast()
  const { channelId, ownerId } = await firstGuild(sim)
  const { gateway, ready, token } = await connected(sim)
  await sim.control.silence({ on: true })
  gateway.send(1, null)
  await sim.control.sendMessage({ channelId, userId: ownerId, content: 'held' })
  await sim.control.slowSockets({ delayMs: 20 })
  await sim.control.silence({ on: false })
  await sim.control.sendMessage({ channelId, userId: ownerId, content: 'slow' })
  await sim.control.slowSockets({ delayMs: 0 })
  await sim.control.sendMessage({ channelId, userId: ownerId, content: 'fast' })
  await gateway.until(() => gateway.dispatches('MESSAGE_CREATE').length === 3)
  expect(contents(gateway.dispatches('MESSAGE_CREATE'))).toEqual(['held', 'slow', 'fast'])
  await sim.control.invalidateSessions({ resumable: true })
  expect(await gateway.frame((frame) => frame.op === 9)).toMatchObject({ d: true })
  await sim.control.refuseResumes({ times: 1 })
  using again = await resume(sim.urls.gateway, token, ready.session_id, gateway.lastSeq)
  expect(await again.frame((frame) => frame.op === 9)).toMatchObject({ d: false })
  gateway.socket.terminate()
})

test('the server may ask for a heartbeat', async () => {
  await using sim = await startFast()
  const { gateway } = await connected(sim)
  expect(await sim.control.requestHeartbeat({})).toEqual({ sockets: 1 })
  await gateway.frame((frame) => frame.op === 1)
  gateway.socket.terminate()
})
