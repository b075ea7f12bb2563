import {
  type ConfigRouter,
  configRouter,
  type GatewayId,
  gatewayRouter,
  type GatewayRouter,
} from '@guildmesh/contracts'
import {
  type Authenticator,
  connectMesh,
  createAuthenticator,
  createGatewayConnections,
  createIdentity,
  type GatewayConnections,
  keepEnrolled,
  type Logger,
  type MeshConnection,
  type Metrics,
  RoutingTable,
  type TokenSource,
  within,
} from '@guildmesh/runtime'
import type { GatewayConfig } from '../config.ts'

/** How the calls of a gateway leave its process; the monolith makes them in process. */
export interface MeshOverrides {
  readonly connectConfig?: (self: TokenSource) => MeshConnection<ConfigRouter>
  readonly connectGateway?: (gatewayId: GatewayId, address: string) => MeshConnection<GatewayRouter>
}

/** A gateway's side of the mesh: who it is, whom it believes, and the ways to everybody else. */
export interface MeshSide extends AsyncDisposable {
  /** The config API. */
  readonly connection: MeshConnection<ConfigRouter>
  readonly authenticator: Authenticator
  readonly table: RoutingTable
  readonly gateways: GatewayConnections
  /** Registers this process's key at the config API and keeps it registered; waits for the config API. */
  enrol(signal: AbortSignal): Promise<void>
}

/** Connects a gateway to the mesh. Nothing is waited for: connections come up by themselves. */
export async function connectToMesh(
  config: GatewayConfig,
  { logger, metrics }: { readonly logger: Logger; readonly metrics: Metrics },
  overrides: MeshOverrides,
): Promise<MeshSide> {
  await using parts = new AsyncDisposableStack()
  const identity = await createIdentity(config.gatewayId)
  const connectConfig =
    overrides.connectConfig ??
    ((self: TokenSource) =>
      connectMesh({
        self,
        logger,
        metrics,
        router: configRouter,
        audience: 'config',
        urls: config.configUrls,
      }))
  const connection = parts.use(connectConfig(identity))
  const table = new RoutingTable()
  const gateways = parts.use(
    createGatewayConnections({
      self: identity,
      logger,
      metrics,
      router: gatewayRouter,
      addressOf: (id) => table.gateway(id)?.address ?? null,
      ...(overrides.connectGateway ? { connect: overrides.connectGateway } : {}),
    }),
  )
  const owned = parts.move()
  return {
    connection,
    table,
    gateways,
    authenticator: createAuthenticator({
      audience: config.gatewayId,
      keySource: {
        keys: async () => (await connection.client.services.keys.query(undefined, within(2000))).keys,
      },
    }),
    enrol: (signal) =>
      keepEnrolled({
        connect: connectConfig,
        identity,
        joinSecret: config.MESH_JOIN_SECRET,
        logger,
        signal,
      }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
