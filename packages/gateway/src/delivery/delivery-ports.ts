import type { DeliverInput, DeliverReply, GatewayId, GuildId, Incarnation } from '@guildmesh/contracts'
import {
  type Clock,
  type GatewayConnections,
  type LogPort,
  type MetricsPort,
  type RoutingTable,
  within,
} from '@guildmesh/runtime'
import { type DeliveryMetrics, deliveryMetrics } from './delivery-metrics.ts'
import { type AssignmentsPort, OwnerLookup } from './owner-lookup.ts'
import type { Route, RoutesPort } from './routes-port.ts'

/** What delivery uses of the rest of the gateway. */
export interface DeliveryPorts {
  readonly routes: RoutesPort
  /** Sends lanes to a gateway, this one or another. */
  readonly send: (gatewayId: GatewayId, input: DeliverInput) => Promise<DeliverReply>
  /** Sees to it that the guild has an owner that `routes` knows. */
  readonly assign: (guildId: GuildId) => Promise<void>
  /** Reads the guild's owner anew. */
  readonly refresh: (guildId: GuildId) => Promise<void>
  /** Takes over what a refusal said of the owner; lower epochs are ignored. */
  readonly learn: (guildId: GuildId, route: Route) => void
  readonly clock: Clock
  readonly log: LogPort
  readonly metrics: DeliveryMetrics
}

export interface DeliveryPortsParts {
  readonly self: { readonly gatewayId: GatewayId; readonly incarnation: () => Incarnation }
  readonly table: RoutingTable
  readonly assignments: AssignmentsPort
  readonly gateways: Pick<GatewayConnections, 'to'>
  /** The owner in this process: reached by a function call, and otherwise treated as any other. */
  readonly deliverHere: (input: DeliverInput) => Promise<DeliverReply>
  readonly clock: Clock
  readonly log: LogPort
  readonly metrics: MetricsPort
}

/** As long as a delivery may wait for its transaction. */
const deliveryMs = 10_000

/** What delivery uses of the gateway: routes and owners from the mesh, and the ways to them. */
export function deliveryPorts(parts: DeliveryPortsParts): DeliveryPorts {
  const { self, table, gateways, deliverHere, clock, log } = parts
  const lookup = new OwnerLookup(parts.assignments, (assignment) => table.learn(assignment))
  return {
    routes: {
      routeOf: (guildId) => table.ownerOf(guildId),
      incarnationOf: (gatewayId) =>
        gatewayId === self.gatewayId ? self.incarnation() : (table.gateway(gatewayId)?.incarnation ?? null),
    },
    send: async (gatewayId, input) =>
      gatewayId === self.gatewayId
        ? deliverHere(input)
        : gateways.to(gatewayId).events.deliver.mutate(input, within(deliveryMs)),
    assign: (guildId) => lookup.assign(guildId),
    refresh: (guildId) => lookup.refresh(guildId),
    learn: (guildId, route) => table.learn({ guildId, ...route, assignedAt: clock.now() }),
    clock,
    log,
    metrics: deliveryMetrics(parts.metrics),
  }
}
