import { GatewayAddress, type GatewayId, type GatewayRouter, MeshError } from '@guildmesh/contracts'
import type { MeshClientOptions, MeshConnection } from './connection.ts'
import { connectMesh } from './connect-mesh.ts'

export interface GatewayConnections extends AsyncDisposable {
  /**
   * The client of a gateway; connects on first use.
   * @throws MeshError Unavailable if the registry has no address for it
   */
  to(gatewayId: GatewayId): MeshConnection<GatewayRouter>['client']
}

/**
 * One connection for each gateway. Addresses come only from the registry, and only those that match its pattern are
 * used. When a gateway's address changes, the connection to the old one is closed.
 */
export function createGatewayConnections(
  options: MeshClientOptions & {
    router: GatewayRouter
    addressOf(gatewayId: GatewayId): string | null
    /** Makes the connection; replaced if gateways live in the same process. */
    connect?: (gatewayId: GatewayId, address: string) => MeshConnection<GatewayRouter>
  },
): GatewayConnections {
  const { self, logger, metrics, router } = options
  const open = new Map<GatewayId, { address: string; connection: MeshConnection<GatewayRouter> }>()
  const connect =
    options.connect ??
    ((gatewayId: GatewayId, address: string) =>
      connectMesh({ self, logger, metrics, router, audience: gatewayId, urls: [address] }))
  const close = (connection: MeshConnection<GatewayRouter>) =>
    Promise.resolve(connection[Symbol.asyncDispose]()).catch((error: unknown) =>
      logger.warn(
        { event: 'connection-not-closed', err: error },
        'could not close the connection to a gateway',
      ),
    )
  return {
    to(gatewayId) {
      const address = GatewayAddress.safeParse(options.addressOf(gatewayId)).data ?? null
      const known = open.get(gatewayId)
      if (known && known.address === address) return known.connection.client
      if (known) {
        open.delete(gatewayId)
        void close(known.connection)
      }
      if (address === null)
        throw new MeshError({ kind: 'Unavailable', service: gatewayId, retryAfterMs: 1000 })
      const connection = connect(gatewayId, address)
      open.set(gatewayId, { address, connection })
      return connection.client
    },
    async [Symbol.asyncDispose]() {
      const connections = [...open.values()]
      open.clear()
      await Promise.all(connections.map(({ connection }) => close(connection)))
    },
  }
}
