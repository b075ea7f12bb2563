import type { DeliverInput, DeliverReply, GatewayId, Incarnation } from '@guildmesh/contracts'
import type { GatewayConnections, RoutingTable } from '@guildmesh/runtime'
import { within } from '@guildmesh/runtime'
import type { Clock } from '../owner/clock.ts'
import type { OwnerLog } from '../owner/owner-log.ts'
import type { MetricsPort } from '../owner/owner-metrics.ts'
import { deliveryMetrics } from './delivery-metrics.ts'
import type { DeliveryPorts } from './lane-scheduler.ts'
import { type AssignmentsPort, OwnerLookup } from './owner-lookup.ts'

export interface DeliveryPortsParts {
  readonly self: { readonly gatewayId: GatewayId; readonly incarnation: () => Incarnation }
  readonly table: RoutingTable
  readonly assignments: AssignmentsPort
  readonly gateways: Pick<GatewayConnections, 'to'>
  /** The owner in this process: reached by a function call, and otherwise treated as any other. */
  readonly deliverHere: (input: DeliverInput) => Promise<DeliverReply>
  readonly clock: Clock
  readonly log: OwnerLog
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
