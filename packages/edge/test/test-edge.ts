import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import {
  type ConfigRouter,
  configRouter,
  type GatewayId,
  type GatewayRouter,
  gatewayIdOf,
  gatewayRouter,
  GuildId,
  MeshError,
  UserId,
} from '@guildmesh/contracts'
import {
  connectInProcess,
  createAuthenticator,
  createIdentity,
  createLogger,
  type MeshConnection,
  Metrics,
} from '@guildmesh/runtime'
import { vi } from 'vitest'
import { createEdgeApp, type EdgeApp, type EdgeOverrides } from '../src/app.ts'
import { readEdgeConfig } from '../src/config.ts'
import { FakeConfig } from './fake-config.ts'
import { FakeDiscord } from './fake-discord.ts'
import { FakeGateway } from './fake-gateway.ts'

export const guildA = GuildId.parse('900000000000000001')
export const guildB = GuildId.parse('900000000000000002')
export const guildUnknown = GuildId.parse('900000000000000099')
/** Owner of guild A; not in guild B. */
export const ada = UserId.parse('700000000000000001')
/** Owner of guild B; not in guild A. */
export const bob = UserId.parse('700000000000000002')
/** In guild A without any permission. */
export const mia = UserId.parse('700000000000000003')
/** Listed in ADMIN_USER_IDS; in no guild. */
export const olga = UserId.parse('700000000000000009')

export interface TestEdge extends AsyncDisposable {
  readonly app: EdgeApp
  readonly origin: string
  readonly config: FakeConfig
  readonly gateways: ReadonlyMap<GatewayId, FakeGateway>
  readonly discord: FakeDiscord
  readonly consent: (location: string, userId: string) => Promise<string>
  gateway(ordinal: number): FakeGateway
  /** A request with the signature that Discord would give it. */
  interaction(payload: unknown): Promise<Response>
  signed(body: string | Uint8Array, timestamp?: string): Record<string, string>
}

export interface TestEdgeOptions {
  readonly env?: Record<string, string>
  readonly overrides?: EdgeOverrides
  /** More edges of the same mesh share its config API, gateways and Discord. */
  readonly beside?: TestEdge
  /** The edge makes its own connections, as it does outside tests, and need not be ready at once. */
  readonly connectsItself?: boolean
}

/** For conditions that hold soon, on however busy a machine. */
export const patience = { timeout: 30_000, interval: 20 }

const applicationKeys = generateKeyPairSync('ed25519')

/**
 * A whole edge on a port of its own, with fakes of its neighbours behind the real routers: gateway-0 owns guild A,
 * gateway-1 owns guild B.
 */
export async function startTestEdge(options: TestEdgeOptions = {}): Promise<TestEdge> {
  await using stack = new AsyncDisposableStack()
  const { beside } = options
  const discord = beside?.discord ?? stack.use(await FakeDiscord.start())
  const config = beside?.config ?? seededConfig()
  const gateways = beside?.gateways ?? seededGateways()

  const identity = await createIdentity('edge-test')
  const key = { name: identity.name, kid: identity.kid, publicKey: identity.publicKey }
  const keySource = { keys: async () => [key] }
  const logger = createLogger({ service: 'edge', level: process.env['EDGE_TEST_LOG'] ?? 'silent' })
  const metrics = new Metrics({ processMetrics: false })
  const shared = { self: identity, logger, metrics }
  const configConnection: MeshConnection<ConfigRouter> = stack.use(
    connectInProcess<ConfigRouter>({
      ...shared,
      router: configRouter,
      audience: 'config',
      implementation: config.port,
      authenticator: createAuthenticator({ audience: 'config', keySource }),
    }),
  )
  const clients = new Map<GatewayId, MeshConnection<GatewayRouter>>()
  for (const [gatewayId, gateway] of gateways) {
    const connection = connectInProcess<GatewayRouter>({
      ...shared,
      router: gatewayRouter,
      audience: gatewayId,
      implementation: gateway.port,
      authenticator: createAuthenticator({ audience: gatewayId, keySource }),
    })
    clients.set(gatewayId, stack.use(connection))
  }
  const connections: EdgeOverrides = {
    config: configConnection,
    gateways: {
      to(gatewayId) {
        const connection = clients.get(gatewayId)
        if (connection) return connection.client
        throw new MeshError({ kind: 'Unavailable', service: gatewayId, retryAfterMs: 100 })
      },
    },
  }
  const app = await createEdgeApp(
    readEdgeConfig({
      HOST: '127.0.0.1',
      PORT: '0',
      OPS_HOST: '127.0.0.1',
      OPS_PORT: '0',
      LOG_LEVEL: 'silent',
      MESH_JOIN_SECRET: 'a join secret that is long enough for tests',
      PUBLIC_URL: 'https://portal.example',
      CONFIG_SERVICE_URL: 'http://127.0.0.1:3001',
      DISCORD_PUBLIC_KEY: publicKeyHex(applicationKeys.publicKey),
      DISCORD_APP_ID: '800000000000000001',
      DISCORD_CLIENT_SECRET: 'client-secret',
      DISCORD_API_URL: `${discord.origin}/api`,
      SESSION_SECRET: 'a session secret that is long enough for tests',
      ADMIN_USER_IDS: olga,
      PORTAL_DIR: '/nowhere',
      RATE_LIMIT_PER_MINUTE: '1000000',
      ...options.env,
    }),
    { signal: new AbortController().signal },
    {
      ...(options.connectsItself ? {} : connections),
      logger,
      metrics,
      ...options.overrides,
    },
  )
  stack.use(app)
  if (!options.connectsItself) {
    await vi.waitFor(() => {
      if (app.whyNotReady() !== null) throw new Error(`the edge is not ready: ${app.whyNotReady()}`)
    }, patience)
  }
  const origin = `http://127.0.0.1:${app.port}`
  const owned = stack.move()
  const signed = (body: string | Uint8Array, timestamp = '1763683200') => ({
    'content-type': 'application/json',
    'x-signature-timestamp': timestamp,
    'x-signature-ed25519': sign(
      null,
      Buffer.concat([Buffer.from(timestamp), Buffer.from(body)]),
      applicationKeys.privateKey,
    ).toString('hex'),
  })
  return {
    app,
    origin,
    config,
    gateways,
    discord,
    consent: async (location, userId) => discord.consent(location, userId),
    gateway: (ordinal) => gateways.get(gatewayIdOf(ordinal)) ?? missing(`gateway-${ordinal}`),
    interaction(payload) {
      const body = JSON.stringify(payload)
      return fetch(`${origin}/webhooks/discord`, { method: 'POST', headers: signed(body), body })
    },
    signed,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

function seededConfig(): FakeConfig {
  const config = new FakeConfig()
  for (const ordinal of [0, 1, 2]) {
    config.gateways.set(gatewayIdOf(ordinal), {
      gatewayId: gatewayIdOf(ordinal),
      incarnation: { registration: 1, restart: 0 },
      address: `ws://127.0.0.1:${4000 + ordinal}`,
      region: 'test',
      version: '0.1.0',
      status: 'active',
      capacity: 1000,
      guildCount: 1,
      lastHeartbeatAt: Date.now(),
    })
  }
  config.assign(guildA, gatewayIdOf(0))
  config.assign(guildB, gatewayIdOf(1))
  config.placeOn = gatewayIdOf(2)
  return config
}

function seededGateways(): ReadonlyMap<GatewayId, FakeGateway> {
  const gateways = new Map(
    [0, 1, 2].map((ordinal) => [gatewayIdOf(ordinal), new FakeGateway(gatewayIdOf(ordinal))]),
  )
  gateways.get(gatewayIdOf(0))?.guilds.set(guildA, {
    epoch: 1,
    name: 'Guild A',
    members: new Map([member(ada, true), member(mia, false)]),
  })
  gateways.get(gatewayIdOf(1))?.guilds.set(guildB, {
    epoch: 1,
    name: 'Guild B',
    members: new Map([member(bob, true)]),
  })
  return gateways
}

function member(userId: UserId, isOwner: boolean) {
  return [userId, { userId, inGuild: true, isOwner, permissions: '0', isModerator: false }] as const
}

function publicKeyHex(key: KeyObject): string {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url').toString('hex')
}

function missing(what: string): never {
  throw new Error(`there is no ${what}`)
}

/** A slash command in a guild that has installed the app. */
export function commandIn(guildId: string, more: object = {}): Record<string, unknown> {
  return {
    id: `11000000000000${Math.floor(10_000 + Math.random() * 89_999)}`,
    type: 2,
    token: 'interaction-token',
    guild_id: guildId,
    channel_id: '910000000000000001',
    authorizing_integration_owners: { '0': guildId },
    data: { id: '1', name: 'setup', type: 1 },
    ...more,
  }
}
