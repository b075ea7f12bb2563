import type { GatewayId, GuildId, Incarnation } from '@guildmesh/contracts'

/** Where a guild's events go. */
export interface Route {
  readonly gatewayId: GatewayId
  readonly epoch: number
}

/** Where routes come from: the routing table, as far as delivery needs it. */
export interface RoutesPort {
  routeOf(guildId: GuildId): Route | null
  incarnationOf(gatewayId: GatewayId): Incarnation | null
}
