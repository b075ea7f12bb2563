import { compareIncarnations, type GatewayId, type Incarnation, MeshError } from '@guildmesh/contracts'
import { eq } from 'drizzle-orm'
import type { Queries } from '../database/database.ts'
import { gateways } from '../database/schema.ts'
import type { GatewayRow } from './gateway-row.ts'

/**
 * The registry's row of a gateway, if `offered` is its present incarnation.
 * @throws MeshError StaleIncarnation if a later one has registered; NotFound if this one never did
 */
export async function requireIncarnation(
  queries: Queries,
  gatewayId: GatewayId,
  offered: Incarnation,
): Promise<GatewayRow> {
  const [row] = await queries.select().from(gateways).where(eq(gateways.gatewayId, gatewayId))
  if (!row) throw new MeshError({ kind: 'NotFound', what: 'gateway', id: gatewayId })
  const current = { registration: row.registration, restart: row.restart }
  const order = compareIncarnations(offered, current)
  if (order < 0) throw new MeshError({ kind: 'StaleIncarnation', gatewayId, offered, current })
  if (order > 0) {
    const id = `${gatewayId} ${offered.registration}.${offered.restart}`
    throw new MeshError({ kind: 'NotFound', what: 'incarnation', id })
  }
  return row
}
