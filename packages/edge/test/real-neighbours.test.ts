import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createConfigApp, readConfig } from '@guildmesh/config-api'
import { type DiscordSim, startDiscordSim } from '@guildmesh/discord-sim'
import { createGatewayApp, type GatewayApp, readGatewayConfig } from '@guildmesh/gateway'
import { startEmbeddedPostgres } from '@guildmesh/postgres-dev'
import { createLogger, Metrics } from '@guildmesh/runtime'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { createEdgeApp, type EdgeApp } from '../src/app.ts'
import { readEdgeConfig } from '../src/config.ts'
import { Browser } from './browser.ts'

// Nothing is faked here but Discord, by its simulator: PostgreSQL, config API, two gateways and two edges, over
// real sockets in one process.
const patience = { timeout: 30_000, interval: 50 }
const operatorToken = 'gmop_operator-token-of-this-test'
const portal = 'http://127.0.0.1:3999'

type GuildState = DiscordSim['world']['guilds'] extends Map<string, infer Guild> ? Guild : never

const stack = new AsyncDisposableStack()
const gateways: GatewayApp[] = []
let edges: EdgeApp[] = []
let discord: DiscordSim

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'guildmesh-edge-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const logger = createLogger({ service: 'test', level: process.env['EDGE_TEST_LOG'] ?? 'silent' })
  const parts = () => ({ logger, metrics: new Metrics({ processMetrics: false }) })
  const postgres = stack.use(
    await startEmbeddedPostgres({
      dataDir: join(folder, 'pg'),
      logger,
      database: 'mesh',
      settings: { fsync: 'off' },
    }),
  )
  discord = stack.use(
    await startDiscordSim({ guilds: 6, seed: 'edge', probeEveryMs: 0, identify: { maxConcurrency: 3 } }),
  )
  const app = await discord.control.app()
  const common = {
    HOST: '127.0.0.1',
    PORT: '0',
    OPS_HOST: '127.0.0.1',
    OPS_PORT: '0',
    MESH_JOIN_SECRET: 'a join secret that is long enough for tests',
    DISCORD_APP_ID: app.id,
    DISCORD_API_URL: `${app.urls.base}/api`,
  }
  const config = stack.use(
    await createConfigApp(
      readConfig({
        ...common,
        POD_NAME: 'config-0',
        DATABASE_URL: postgres.url,
        BOOTSTRAP_OPERATOR_TOKEN: operatorToken,
      }),
      parts(),
    ),
  )
  const neighbours = { ...common, CONFIG_SERVICE_URL: `http://127.0.0.1:${config.port}` }
  for (const ordinal of ['0', '1']) {
    const gateway = await createGatewayApp(
      readGatewayConfig({
        ...neighbours,
        POD_ORDINAL: ordinal,
        GATEWAY_DB_PATH: join(folder, `gateway-${ordinal}.sqlite3`),
        DISCORD_TOKEN: app.token,
      }),
      parts(),
    )
    gateways.push(stack.use(gateway))
  }
  for (const name of ['edge-0', 'edge-1']) {
    const edge = await createEdgeApp(
      readEdgeConfig({
        ...neighbours,
        POD_NAME: name,
        PUBLIC_URL: portal,
        DISCORD_PUBLIC_KEY: app.publicKey,
        DISCORD_CLIENT_SECRET: app.clientSecret,
        SESSION_SECRET: 'a session secret that is long enough for tests',
        PORTAL_DIR: '/nowhere',
      }),
      { signal: new AbortController().signal },
      parts(),
    )
    edges.push(stack.use(edge))
  }
  await vi.waitFor(() => {
    const reason = edges.map((edge) => edge.whyNotReady()).find((why) => why !== null)
    if (reason !== undefined) throw new Error(reason)
  }, patience)
  await discord.control.setInteractionsUrl({ url: `${originOf(0)}/webhooks/discord` })
})
afterAll(async () => {
  edges = []
  await stack.disposeAsync()
})

/** The guilds that the bot is in: one of the seed has not invited it. */
function guildsWithBot(): GuildState[] {
  const { guilds, app } = discord.world
  return [...guilds.values()].filter(({ members }) => members.has(app.botId))
}

function originOf(index: number): string {
  return `http://127.0.0.1:${edges[index]?.port ?? 0}`
}

/** A browser whose consent is given on the simulator's own page. */
async function signedIn(userId: string): Promise<Browser> {
  const browser = new Browser(
    {
      origin: originOf(0),
      consent: async (location) => {
        const response = await fetch(`${location}&sim_user=${userId}`, { redirect: 'manual' })
        return response.headers.get('location') ?? ''
      },
    },
    portal,
  )
  expect((await browser.login(userId)).status).toBe(302)
  // The other edge of the round robin knows the session too.
  return browser.at({ origin: originOf(1) })
}

const Cards = z.object({
  guilds: z.array(z.object({ guildId: z.string(), role: z.string(), state: z.string() })),
})

test('Discord accepts the endpoint: a PING is answered, a bad signature refused', async () => {
  expect(await discord.control.probeEndpoint()).toMatchObject({ passed: true })
})

test('a command of a person in Discord is answered by the owner of the guild, whoever that is', async () => {
  await vi.waitFor(() => {
    for (const guild of guildsWithBot()) expect(ownerOf(guild.id)).toBeDefined()
  }, patience)
  for (const guild of guildsWithBot()) {
    const channelId = textChannelOf(guild)
    await vi.waitFor(async () => {
      const view = await discord.control.runCommand({
        userId: guild.ownerId,
        channelId,
        command: 'setup',
      })
      expect(view).toMatchObject({ status: 'message', ephemeral: true, error: null })
      expect(JSON.stringify(view.message)).not.toContain('try again')
    }, patience)
  }
})

test('a person who signs in sees the guild that is theirs, and not another', async () => {
  const [guild, ...others] = guildsWithBot()
  if (!guild) throw new Error('the simulator has no guild')
  const browser = await signedIn(guild.ownerId)
  const me = await browser.query('session.me')
  expect(me).toMatchObject({ status: 200, data: { user: { userId: guild.ownerId } } })
  await vi.waitFor(async () => {
    const { data } = await browser.query('guilds.list')
    expect(Cards.parse(data).guilds).toContainEqual(
      expect.objectContaining({ guildId: guild.id, role: 'owner', state: 'ready' }),
    )
  }, patience)
  expect(await browser.query('guild.overview', { guildId: guild.id })).toMatchObject({
    data: { guildId: guild.id, name: guild.name, viewerRole: 'owner', present: true },
  })
  const foreign = others.find(({ members }) => !members.has(guild.ownerId))
  if (foreign) {
    expect(await browser.query('guild.overview', { guildId: foreign.id })).toMatchObject({ status: 403 })
  }
  const stranger = await signedIn(await personOutside(guild.id))
  expect(await stranger.query('guild.overview', { guildId: guild.id })).toMatchObject({
    status: 403,
    failure: { kind: 'Forbidden' },
  })
  expect(await browser.mutate('session.logout')).toMatchObject({ status: 200 })
  expect(await browser.query('session.me')).toMatchObject({ status: 401 })
})

test('messages appear in the figures of the owner, live', async () => {
  const [guild] = guildsWithBot()
  if (!guild) throw new Error('the simulator has no guild')
  const browser = await signedIn(guild.ownerId)
  const stop = new AbortController()
  const events = browser.subscribe('guild.changes', { guildId: guild.id }, stop.signal)
  await events.next()
  const channelId = textChannelOf(guild)
  const messages = async () => {
    const to = Date.now() + 3_600_000
    const { data } = await browser.query('guild.activity', {
      guildId: guild.id,
      from: to - 86_400_000,
      to,
      interval: 'hour',
    })
    return z.object({ totals: z.object({ messages: z.int() }) }).parse(data).totals.messages
  }
  const before = await messages()
  await discord.control.sendMessage({ userId: guild.ownerId, channelId, content: 'hello' })
  await vi.waitFor(async () => expect(await messages()).toBe(before + 1), patience)
  await events.next()
  stop.abort()
})

test('an operator sees the mesh by token', async () => {
  const headers = { authorization: `Bearer ${operatorToken}` }
  const program = new Browser({ origin: originOf(1) }, portal)
  expect(await program.query('admin.status', undefined, headers)).toMatchObject({
    status: 200,
    data: { guilds: { assigned: guildsWithBot().length, unreachable: 0 }, shards: { held: 3 } },
  })
  const [guild] = guildsWithBot()
  expect(await program.query('admin.locate', { guildId: guild?.id }, headers)).toMatchObject({
    data: { guildId: guild?.id, gatewayId: ownerOf(guild?.id ?? ''), status: 'active' },
  })
  await program.mutate('admin.cordon', { gatewayId: 'gateway-1', reason: 'a test' }, headers)
  expect(await program.query('admin.audit', undefined, headers)).toMatchObject({
    data: {
      entries: expect.arrayContaining([
        expect.objectContaining({ action: 'gateway.cordon', subject: 'gateway-1', reason: 'a test' }),
      ]),
    },
  })
})

/** The gateway that says of itself that it owns the guild. */
function ownerOf(guildId: string): string | undefined {
  return gateways.find(({ table, gatewayId }) =>
    table.guildsOf(gatewayId).some((assignment) => assignment.guildId === guildId),
  )?.gatewayId
}

/** A channel that takes messages. */
function textChannelOf({ channels }: GuildState): string {
  const text = [...channels.values()].find(({ type }) => type === 0)
  if (!text) throw new Error('the guild has no text channel')
  return text.id
}

async function personOutside(guildId: string): Promise<string> {
  const members = discord.world.guilds.get(guildId)?.members
  const outside = [...discord.world.users.values()].find(({ id, bot }) => !bot && !members?.has(id))
  return outside?.id ?? (await discord.control.createUser({ username: 'a stranger' })).id
}
