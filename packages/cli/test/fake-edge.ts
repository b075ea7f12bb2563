import {
  type Caller,
  GatewayId,
  gatewayIdOf,
  type Gateway,
  GuildId,
  MeshError,
  type Move,
  type OperatorToken,
  type PortalPort,
  portalRouter,
} from '@guildmesh/contracts'
import { createLogger, Metrics, mountBrowserRpc } from '@guildmesh/runtime'
import Fastify from 'fastify'
import { type CliIo, type ExitCode, runCli } from '../src/index.ts'

const now = Date.UTC(2026, 0, 2, 3, 4, 5)
export const secret = 'gmop_0123456789abcdef'
export const moveId = '00000000-0000-4000-8000-000000000001'
export const tokenId = '00000000-0000-4000-8000-000000000002'

export const guildId = (n: number) => GuildId.parse(String(100_000_000_000_000_000n + BigInt(n)))

function gateway(ordinal: number, parts: Partial<Gateway> = {}): Gateway {
  return {
    gatewayId: gatewayIdOf(ordinal),
    incarnation: { registration: 3, restart: 1 },
    address: `ws://gateway-${ordinal}:3000`,
    region: 'eu',
    version: '0.1.0',
    status: 'active',
    capacity: 1000,
    guildCount: 12 + ordinal,
    lastHeartbeatAt: now - 3000,
    ...parts,
  }
}

const unexpected = () => Promise.reject(new Error('this test does not expect the call'))
const operatorToken: OperatorToken = {
  tokenId,
  name: 'on call',
  createdBy: 'operator:first',
  createdAt: now - 86_400_000,
  lastUsedAt: null,
  revokedAt: null,
}

/** Guilds that the fake edge knows: more than one page of them. */
export const guildCount = 1203

/** What the fake edge was asked to change. */
export const changes: unknown[] = []

const admin: PortalPort['admin'] = {
  status: async () => ({
    gateways: [gateway(0), gateway(1, { status: 'cordoned' })],
    guilds: { assigned: guildCount, unreachable: 0 },
    shards: { count: 3, held: 3 },
    openMoves: 1,
    imbalance: 1.0417,
    version: '0.1.0',
  }),
  gateways: async () => ({
    gateways: [gateway(0), gateway(1, { status: 'cordoned', lastHeartbeatAt: now - 125_000 })],
  }),
  cordon: async (input) => {
    if (input.gatewayId !== 'gateway-0') {
      throw new MeshError({ kind: 'NotFound', what: 'gateway', id: input.gatewayId })
    }
    changes.push({ cordon: input })
    return gateway(0, { status: 'cordoned' })
  },
  uncordon: async ({ gatewayId }) => {
    throw new MeshError({ kind: 'GatewayNotActive', gatewayId, status: 'offline' })
  },
  guilds: async ({ gatewayId = GatewayId.parse('gateway-0'), after, limit }) => {
    const from = after === undefined ? 0 : Number(BigInt(after) - 100_000_000_000_000_000n) + 1
    const ids = Array.from({ length: Math.min(limit, guildCount - from) }, (_, i) => guildId(from + i))
    const last = ids.at(-1)
    return {
      assignments: ids.map((id) => ({
        guildId: id,
        gatewayId,
        epoch: 1,
        assignedAt: now - 7_200_000,
        lastSeenAt: null,
      })),
      next: last !== undefined && from + ids.length < guildCount ? last : null,
      total: guildCount,
    }
  },
  locate: async ({ guildId: id }) => {
    if (id !== guildId(0)) throw new MeshError({ kind: 'NotAssigned', guildId: id })
    return {
      guildId: id,
      gatewayId: gatewayIdOf(1),
      epoch: 4,
      assignedAt: now - 60_000,
      address: 'ws://gateway-1:3000',
      status: 'active',
    }
  },
  reassign: async (input) => {
    if (input.guildId !== guildId(0)) {
      throw new MeshError({ kind: 'GuildHasData', guildId: input.guildId, tables: { message_stats: 7 } })
    }
    changes.push({ reassign: input })
    return move({ guildId: input.guildId, target: input.target, reason: input.reason })
  },
  moves: async ({ openOnly }) => ({ moves: openOnly ? [] : [move({ reason: 'evil\n\u001b[31mtext' })] }),
  shards: async () => ({
    shardCount: 2,
    shards: [
      {
        shardId: 0,
        holder: gatewayIdOf(0),
        epoch: 3,
        generation: 4,
        seq: 1042,
        renewedAt: now - 400,
        parked: { lanes: 0, events: 0 },
      },
      {
        shardId: 1,
        holder: null,
        epoch: 7,
        generation: null,
        seq: null,
        renewedAt: null,
        parked: { lanes: 2, events: 1204 },
      },
    ],
  }),
  gapLedger: async ({ limit }) => ({
    losses: [
      {
        lossId: 2,
        shardId: 1,
        guildId: null,
        gatewayId: gatewayIdOf(0),
        after: { generation: 4, seq: 1042 },
        generationAfter: 5,
        detectedAt: now - 300_000,
        reason: 'invalid-session' as const,
        recovered: ['new messages and their reactions'],
        unrecoverable: ['typing and presence'],
        guilds: 34,
        undelivered: 0,
      },
      {
        lossId: 1,
        shardId: 0,
        guildId: guildId(0),
        gatewayId: null,
        after: { generation: 1, seq: 7 },
        generationAfter: null,
        detectedAt: now - 86_400_000,
        reason: 'not-held' as const,
        recovered: [],
        unrecoverable: [],
        guilds: null,
        undelivered: null,
      },
    ].slice(0, limit),
  }),
  audit: unexpected,
  createToken: async ({ name }) => ({ ...operatorToken, name, secret: 'gmop_new' }),
  tokens: async () => ({ tokens: [operatorToken] }),
  revokeToken: async (input) => {
    changes.push({ revoke: input })
    return { ...operatorToken, revokedAt: now }
  },
}

function move(parts: Partial<Move>): Move {
  return {
    moveId,
    guildId: guildId(0),
    source: gatewayIdOf(0),
    target: gatewayIdOf(1),
    fromEpoch: 1,
    state: 'done',
    reason: 'a test',
    requestedBy: 'operator:first',
    failure: null,
    startedAt: now - 90_000,
    endedAt: now,
    ...parts,
  }
}

/** An edge's admin API on a real HTTP server, which knows one operator token. */
export async function startFakeEdge() {
  const fastify = Fastify()
  const implementation: PortalPort = {
    admin,
    session: { me: unexpected, logout: unexpected },
    guilds: { list: unexpected },
    guild: {
      admit: unexpected,
      overview: unexpected,
      activity: unexpected,
      changes: () => {
        throw new Error('this test does not expect the call')
      },
    },
  }
  await mountBrowserRpc(fastify, {
    prefix: '/api/trpc',
    router: portalRouter,
    implementation,
    identify: async ({ headers }): Promise<Caller> => {
      if (headers.authorization === `Bearer ${secret}`)
        return { kind: 'operator', actor: 'token', userId: null }
      throw new MeshError({ kind: 'Unauthenticated', reason: 'revoked' })
    },
    logger: createLogger({ service: 'fake-edge', level: 'silent' }),
    metrics: new Metrics({ processMetrics: false }),
  })
  const url = await fastify.listen({ host: '127.0.0.1', port: 0 })
  return { url, [Symbol.asyncDispose]: () => fastify.close() }
}

export interface Ran {
  readonly code: ExitCode
  readonly out: string
  readonly err: string
}

/** Runs a command as if somebody had typed it. */
export async function run(
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; answer?: string; signal?: AbortSignal } = {},
): Promise<Ran> {
  let out = ''
  let err = ''
  const { answer } = options
  const io: CliIo = {
    env: options.env ?? {},
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    ask: answer === undefined ? null : async () => answer,
    now: () => now,
    signal: options.signal ?? new AbortController().signal,
  }
  return { code: await runCli(args, io), out, err }
}
