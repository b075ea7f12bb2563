import type { ConfigRouter, GatewayRouter } from '@guildmesh/contracts'
import type { GatewayConnections, MeshConnection } from '@guildmesh/runtime'

/** The edge's typed client of the config API. */
export type ConfigClient = MeshConnection<ConfigRouter>['client']

/** The edge's typed client of one gateway. */
export type GatewayClient = MeshConnection<GatewayRouter>['client']

/** Clients of gateways by their id. `to` throws MeshError Unavailable if the registry has no address for it. */
export type GatewayClients = Pick<GatewayConnections, 'to'>
