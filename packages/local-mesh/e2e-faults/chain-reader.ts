import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  configRouter,
  type GatewayId,
  gatewayIdOf,
  gatewayRouter,
  type GuildChains,
  type GuildId,
} from '@guildmesh/contracts'
import {
  connectMesh,
  createGatewayConnections,
  createIdentity,
  createLogger,
  keepEnrolled,
  Metrics,
  Secret,
  type TokenSource,
} from '@guildmesh/runtime'
import { z } from 'zod'
import type { LocalMesh } from '../src/index.ts'

/** What one gateway told of the guilds it serves. */
export interface GatewayChains extends GuildChains {
  readonly gatewayId: GatewayId
}

/** Asks every gateway for its chains over the mesh's own API, as a process of the mesh with a key of its own. */
export interface ChainReader extends AsyncDisposable {
  read(guildIds: readonly GuildId[]): Promise<GatewayChains[]>
}

const Secrets = z.object({ join: z.string() })

export async function openChainReader(mesh: Pick<LocalMesh, 'stateDir' | 'ports'>): Promise<ChainReader> {
  const { join: secret } = Secrets.parse(
    JSON.parse(readFileSync(join(mesh.stateDir, 'secrets.json'), 'utf8')),
  )
  const closing = new AbortController()
  const logger = createLogger({ service: 'edge-judge', level: 'silent' })
  const metrics = new Metrics({ processMetrics: false })
  const identity = await createIdentity('edge-judge')
  await keepEnrolled({
    connect: (self: TokenSource) =>
      connectMesh({
        self,
        logger,
        metrics,
        router: configRouter,
        audience: 'config',
        urls: mesh.ports.configs.map(({ serve }) => `ws://127.0.0.1:${serve}`),
      }),
    identity,
    joinSecret: new Secret(secret),
    logger,
    signal: closing.signal,
  })
  const gatewayIds = mesh.ports.gateways.map((_, ordinal) => gatewayIdOf(ordinal))
  const gateways = createGatewayConnections({
    self: identity,
    logger,
    metrics,
    router: gatewayRouter,
    addressOf: (gatewayId) => `ws://127.0.0.1:${mesh.ports.gateways[gatewayIds.indexOf(gatewayId)]?.serve}`,
  })
  return {
    read: (guildIds) =>
      Promise.all(
        gatewayIds.map(async (gatewayId) => {
          const { probe } = gateways.to(gatewayId)
          const pages = await Promise.all(
            pagesOf(guildIds).map((page) => probe.chains.query({ guildIds: page })),
          )
          return {
            gatewayId,
            probing: pages.every(({ probing }) => probing),
            chains: pages.flatMap(({ chains }) => chains),
          }
        }),
      ),
    async [Symbol.asyncDispose]() {
      closing.abort()
      await gateways[Symbol.asyncDispose]()
    },
  }
}

/** As many guilds as one question may name. */
const pageSize = 1000

function pagesOf(guildIds: readonly GuildId[]): GuildId[][] {
  return Array.from({ length: Math.ceil(guildIds.length / pageSize) }, (_, page) =>
    guildIds.slice(page * pageSize, (page + 1) * pageSize),
  )
}
