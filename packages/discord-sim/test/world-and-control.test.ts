import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { createSimClient, startDiscordSim, VirtualClock } from '../src/index.ts'
import { RawGateway } from './raw-gateway.ts'
import { firstGuild, startFast } from './sim-fixture.ts'

test('the same seed gives the same world, keys and traffic; another seed gives another', async () => {
  const tell = async (seed: string) => {
    const clock = new VirtualClock()
    await using sim = await startDiscordSim({ clock, seed, guilds: 5 })
    using gateway = await RawGateway.connect(sim.urls.gateway)
    const { token, publicKey, clientSecret } = await sim.control.app()
    const ready = await gateway.ready(token)
    await gateway.until(() => gateway.dispatches('GUILD_CREATE').length === ready.guilds.length)
    await sim.control.startLoad({ rate: 100, seed })
    for (let step = 0; step < 100; step++) clock.advance(20)
    const { guilds, sent } = await sim.control.report({})
    expect(sent).toBe(200)
    return {
      token,
      publicKey,
      clientSecret,
      guilds,
      names: (await sim.control.guilds()).map((guild) => guild.name),
    }
  }
  const [one, again, other] = [await tell('a'), await tell('a'), await tell('b')]
  expect(again).toEqual(one)
  expect(other).not.toEqual(one)
  expect(other.token).not.toBe(one.token)
})

test('busy guilds talk more than quiet ones, by the skew that was asked for', async () => {
  await using sim = await startFast({ guilds: 10 })
  const { token } = await sim.control.app()
  using gateway = await RawGateway.connect(sim.urls.gateway)
  const ready = await gateway.ready(token)
  await gateway.until(() => gateway.dispatches('GUILD_CREATE').length === ready.guilds.length)
  const counts = async (skew: number) => {
    await sim.control.resetReport()
    await sim.control.burst({ count: 2_000, skew, seed: 9 })
    const { guilds } = await sim.control.report({})
    return (await sim.control.guilds()).map((guild) => guilds[guild.id]?.sent ?? 0)
  }
  const skewed = await counts(1)
  expect(skewed[0]).toBeGreaterThan(5 * (skewed[9] ?? 0))
  const even = await counts(0)
  expect(Math.max(...even)).toBeLessThan(2 * Math.min(...even))
})

test('the HTTP client has the same verbs and says what was wrong', async () => {
  await using sim = await startFast()
  const client = createSimClient(sim.urls.base)
  const { channelId, ownerId } = await firstGuild(sim)
  const sent = await client.sendMessage({ channelId, userId: ownerId, content: 'over HTTP' })
  expect((await client.messages({ channelId }))[0]).toMatchObject({ id: sent.id, content: 'over HTTP' })
  expect(await client.app()).toEqual(await sim.control.app())
  await expect(client.sendMessage({ channelId: 'x', userId: ownerId })).rejects.toThrow('must be a snowflake')
  await expect(client.runCommand({ channelId, userId: ownerId, command: 'none' })).rejects.toThrow(
    'no command "none"',
  )
  await expect(createSimClient('http://127.0.0.1:1').app()).rejects.toThrow('cannot be reached')
  const index = (await (await fetch(`${sim.urls.base}/_sim`)).json()) as { verbs: string[] }
  expect(index.verbs).toContain('runCommand')
})

test('a person who joins, misbehaves and is thrown out leaves the trail Discord leaves', async () => {
  await using sim = await startFast({ guilds: 1 })
  const { guildId, channelId, ownerId } = await firstGuild(sim)
  using gateway = await RawGateway.connect(sim.urls.gateway)
  await gateway.ready((await sim.control.app()).token)
  await gateway.dispatch('GUILD_CREATE')
  const day = 86_400_000
  const user = await sim.control.createUser({ username: 'fresh', createdAtMs: Date.now() - day })
  await sim.control.addMember({ guildId, userId: user.id })
  await sim.control.sendMessage({ channelId, userId: user.id, content: 'free nitro' })
  await sim.control.ban({ guildId, userId: user.id, actorId: ownerId, reason: 'spam', deleteSeconds: 60 })
  await expect(sim.control.addMember({ guildId, userId: user.id })).rejects.toThrow('banned')
  expect(await gateway.dispatch('GUILD_AUDIT_LOG_ENTRY_CREATE')).toMatchObject({
    d: { action_type: 22, user_id: ownerId, target_id: user.id, reason: 'spam' },
  })
  // The ban deletes the message that told of the joining, too.
  expect((await gateway.dispatch('MESSAGE_DELETE_BULK')).d).toMatchObject({
    ids: [expect.any(String), expect.any(String)],
  })
})

test('the bot is invited and leaves: GUILD_CREATE, then GUILD_DELETE without unavailable', async () => {
  await using sim = await startFast({ guilds: 0 })
  using gateway = await RawGateway.connect(sim.urls.gateway)
  await gateway.ready((await sim.control.app()).token)
  const guild = await sim.control.createGuild({ name: 'New place' })
  expect(await gateway.dispatch('GUILD_CREATE')).toMatchObject({
    d: { id: guild.id, name: 'New place', unavailable: false },
  })
  await sim.control.removeBot({ guildId: guild.id })
  expect((await gateway.dispatch('GUILD_DELETE')).d).toEqual({ id: guild.id })
})

test('the command starts, prints what a bot needs, and ends cleanly on SIGTERM', async () => {
  const bin = resolve(import.meta.dirname, '../src/main.ts')
  const child = spawn(process.execPath, [bin, '--port', '0', '--guilds', '2', '--strict'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (line.includes('demo user')) break
  }
  const api = /api\s+(\S+)/.exec(lines.join('\n'))?.[1] ?? ''
  expect((await fetch(`${api}/v10/gateway`)).status).toBe(200)
  child.kill('SIGTERM')
  expect((await exited)[0]).toBe(0)
})
