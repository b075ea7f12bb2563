import {
  type DeliverInput,
  type DeliverReply,
  type GatewayId,
  type Incarnation,
  ParkedPage,
} from '@guildmesh/contracts'
import type { Clock, GatewayConnections, LogPort, MetricsPort, RoutingTable } from '@guildmesh/runtime'
import { within } from '@guildmesh/runtime'
import { deliveryMetrics } from './delivery-metrics.ts'
import type { KeepersPort } from './keeper-fetch.ts'
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
  readonly log: LogPort
  readonly metrics: MetricsPort
}

/** As long as a delivery may wait for its transaction. */
const deliveryMs = 10_000
/** As long as a keeper may take to read or drop its pages. */
const keeperMs = 2000

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

/** The disks of other gateways, as far as parked events lie there. */
export function keepersOf(
  gateways: Pick<GatewayConnections, 'to'>,
  self: DeliveryPortsParts['self'],
): KeepersPort {
  const holder = () => ({ gatewayId: self.gatewayId, incarnation: self.incarnation() })
  return {
    page: async (keeper, claim, after) => {
      const { events } = gateways.to(keeper)
      return ParkedPage.parse(
        await events.parked.query({ ...claim, holder: holder(), after }, within(keeperMs)),
      )
    },
    forget: (keeper, claim) =>
      gateways.to(keeper).events.forgetParked.mutate({ ...claim, holder: holder() }, within(keeperMs)),
  }
}
