import { type GatewayId, type Incarnation, MeshError } from '@guildmesh/contracts'
import { eq } from 'drizzle-orm'
import type { Queries } from '../database/database.ts'
import { shardLeases } from '../database/schema.ts'

export type LeaseRow = typeof shardLeases.$inferSelect

/** A lease as its holder names it. */
export interface LeaseClaim {
  readonly gatewayId: GatewayId
  readonly incarnation: Incarnation
  readonly shardId: number
  readonly epoch: number
}

/** The shard's row, locked until the transaction ends. @throws MeshError NotFound */
export async function lockShard(tx: Queries, shardId: number): Promise<LeaseRow> {
  const [row] = await tx.select().from(shardLeases).where(eq(shardLeases.shardId, shardId)).for('update')
  if (!row) throw new MeshError({ kind: 'NotFound', what: 'shard', id: String(shardId) })
  return row
}

/** @throws MeshError StaleEpoch if the lease is another's by now, or another incarnation's of this gateway */
export function requireClaim(row: LeaseRow, { gatewayId, incarnation, epoch }: LeaseClaim): void {
  const holds =
    row.holder === gatewayId &&
    row.registration === incarnation.registration &&
    row.restart === incarnation.restart &&
    row.epoch === epoch
  if (!holds) throw new MeshError({ kind: 'StaleEpoch', offered: epoch, current: Math.max(1, row.epoch) })
}
