import type { Gateway } from '@guildmesh/contracts'
import type { gateways } from '../database/schema.ts'

export type GatewayRow = typeof gateways.$inferSelect

/** A row of `gateways` as callers see it. */
export function gatewayOf(row: GatewayRow): Gateway {
  return {
    gatewayId: row.gatewayId,
    incarnation: { registration: row.registration, restart: row.restart },
    address: row.address,
    region: row.region,
    version: row.version,
    status: row.status,
    capacity: row.capacity,
    guildCount: row.guildCount,
    lastHeartbeatAt: row.lastHeartbeatAt.getTime(),
  }
}
