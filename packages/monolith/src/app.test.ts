import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DiscordSim, startDiscordSim } from '@guildmesh/discord-sim'
import { createLogger } from '@guildmesh/runtime'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createMonolithApp, type MonolithApp } from './app.ts'
import { readMonolithConfig } from './config.ts'

/** Starting PostgreSQL, a Discord session and three services takes a moment on a busy machine. */
const startLimitMs = 60_000
const operatorToken = 'gmop_of-the-monolith-test-0123456789'

let folder = ''
let databasePath = ''
let sim: DiscordSim
let app: MonolithApp
let base = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guildmesh-monolith-'))
  databasePath = join(folder, 'bot.sqlite3')
  sim = await startDiscordSim({ guilds: 2, shards: 1 })
  const { id, token, clientSecret, publicKey } = await sim.control.app()
  const config = readMonolithConfig({
    HOST: '127.0.0.1',
    PORT: '0',
    OPS_HOST: '127.0.0.1',
    OPS_PORT: '0',
    PUBLIC_URL: 'http://127.0.0.1:3000',
    GATEWAY_DB_PATH: databasePath,
    BOOTSTRAP_OPERATOR_TOKEN: operatorToken,
    SESSION_SECRET: 's'.repeat(40),
    DISCORD_API_URL: sim.urls.api.replace(/\/v\d+$/, ''),
    DISCORD_TOKEN: token,
    DISCORD_APP_ID: id,
    DISCORD_CLIENT_SECRET: clientSecret,
    DISCORD_PUBLIC_KEY: publicKey,
  })
  app = await createMonolithApp(config, {
    signal: new AbortController().signal,
    logger: createLogger({ service: 'monolith', level: 'silent' }),
  })
  base = `http://127.0.0.1:${app.port}`
  app.failed.catch((error: unknown) => {
    throw error
  })
}, startLimitMs)

afterAll(async () => {
  await app[Symbol.asyncDispose]()
  await sim[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
}, startLimitMs)

async function statusOf(url: string): Promise<number> {
  const response = await fetch(url)
  await response.arrayBuffer()
  return response.status
}

/** A guild, its owner, and a text channel of it that people write in. */
function place() {
  const [guild] = sim.world.guilds.values()
  const channel = [...sim.world.channels.values()].find((one) => one.guildId === guild?.id && one.type === 0)
  if (!guild || !channel) throw new Error('the simulated world has no guild with a text channel')
  return { guildId: guild.id, channelId: channel.id, userId: guild.ownerId }
}

describe('a monolith', () => {
  it('is healthy and ready, and holds its Discord session', { timeout: startLimitMs }, async () => {
    const ops = `http://127.0.0.1:${app.opsPort}`
    await vi.waitUntil(async () => (await statusOf(`${ops}/readyz`)) === 200, { timeout: startLimitMs })
    expect(await statusOf(`${base}/healthcheck`)).toBe(200)
    expect(await statusOf(`${ops}/livez`)).toBe(200)
    const metrics = await (await fetch(`${ops}/metrics`)).text()
    expect(metrics).toContain('guildmesh_rpc_client_duration_seconds')
  })

  it("passes Discord's check of its interactions endpoint: a signed PING, and a badly signed one", async () => {
    const { probes } = await sim.control.setInteractionsUrl({ url: `${base}/webhooks/discord`, verify: true })
    expect(JSON.stringify(probes)).not.toContain('"passed":false')
    expect(await statusOf(`${base}/webhooks/discord`)).not.toBe(200)
  })

  it('answers /setup', { timeout: startLimitMs }, async () => {
    const { channelId, userId } = place()
    await sim.control.setInteractionsUrl({ url: `${base}/webhooks/discord`, verify: true })
    const view = await vi.waitUntil(
      async () => {
        const seen = await sim.control.runCommand({ channelId, userId, command: 'setup' }).catch(() => null)
        return seen?.status === 'message' ? seen : null
      },
      { timeout: startLimitMs, interval: 250 },
    )
    expect(view).toMatchObject({ status: 'message', ephemeral: true, error: null })
    expect(view.message?.components?.length).toBeGreaterThan(0)
  })

  it('writes what happened in a guild into SQLite, once', { timeout: startLimitMs }, async () => {
    const { channelId, userId, guildId } = place()
    // From the guild's first event on, the bot is there to see the next.
    await vi.waitUntil(() => count('SELECT count(*) FROM cursor WHERE guild_id = ?', guildId) === 1, {
      timeout: startLimitMs,
      interval: 100,
    })
    const { id } = await sim.control.sendMessage({ channelId, userId, content: 'hello monolith' })
    await vi.waitUntil(() => count('SELECT count(*) FROM message_stats WHERE message_id = ?', id) > 0, {
      timeout: startLimitMs,
      interval: 100,
    })
    const written =
      'SELECT count(*) FROM message_stats WHERE message_id = ? AND guild_id = ? AND author_id = ?'
    expect(count(written, id, guildId, userId)).toBe(1)
  })

  it('tells an operator where the guild is, through the admin API', async () => {
    const { guildId } = place()
    const input = encodeURIComponent(JSON.stringify({ guildId }))
    const response = await fetch(`${base}/api/trpc/admin.locate?input=${input}`, {
      headers: { authorization: `Bearer ${operatorToken}` },
    })
    expect(await response.json()).toMatchObject({
      result: { data: { guildId, gatewayId: 'gateway-0', epoch: 1 } },
    })
    const anonymous = await statusOf(`${base}/api/trpc/admin.locate?input=${input}`)
    expect(anonymous).toBe(401)
  })

  it('hands over when it is told to end', { timeout: startLimitMs }, async () => {
    await app.drain()
    expect(await statusOf(`http://127.0.0.1:${app.opsPort}/readyz`)).toBe(503)
  })
})

/** A count, read from the gateway's database with the same library: a second one would release its locks. */
function count(sql: string, ...values: string[]): number {
  const database = new Sqlite(databasePath, { readonly: true })
  try {
    return Number(
      database
        .prepare(sql)
        .pluck()
        .get(...values),
    )
  } finally {
    database.close()
  }
}
