import type { GatewayId, ParkedLane, ShardLease } from '@guildmesh/contracts'
import { and, inArray, isNull, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Queries } from '../database/database.ts'
import { mesh, shardLeases } from '../database/schema.ts'
import type { LeaseClaim, LeaseRow } from './shard-claim.ts'
import { sessionOf } from './stored-session.ts'

/** The mesh's number of shards: the one offered, if none is fixed yet. */
export async function fixShardCount(tx: Queries, offered: number): Promise<number> {
  const fixed = await tx
    .update(mesh)
    .set({ shardCount: offered })
    .where(isNull(mesh.shardCount))
    .returning({ shardCount: mesh.shardCount })
  if (fixed.length > 0) {
    await tx.execute(
      sql`INSERT INTO shard_leases (shard_id) SELECT generate_series(0, ${offered}::integer - 1) ON CONFLICT DO NOTHING`,
    )
    return offered
  }
  const [state] = await tx.select().from(mesh)
  return state?.shardCount ?? offered
}

type Holder = Pick<LeaseClaim, 'gatewayId' | 'incarnation'>

/** Leases free shards to a gateway, at a higher epoch. @returns the rows of those that were free */
export async function takeShards(
  tx: Queries,
  { gatewayId, incarnation }: Holder,
  shardIds: readonly number[],
): Promise<LeaseRow[]> {
  if (shardIds.length === 0) return []
  return tx
    .update(shardLeases)
    .set({
      holder: gatewayId,
      ...incarnation,
      epoch: sql`${shardLeases.epoch} + 1`,
      renewSeq: sql`${shardLeases.renewSeq} + 1`,
      renewedAt: sql`clock_timestamp()`,
    })
    .where(and(inArray(shardLeases.shardId, [...shardIds]), isNull(shardLeases.holder)))
    .returning()
}

const Kept = z.object({ shard_id: z.int(), epoch: z.coerce.number(), now: z.coerce.number() })

/** What a renewal did, and the database's clock at that moment, epoch milliseconds; `null` if nothing was renewed. */
export interface Renewal {
  readonly kept: { readonly shardId: number; readonly epoch: number }[]
  readonly nowMs: number | null
}

export const nothingKept: Renewal = { kept: [], nowMs: null }

/** Renews those of the leases that the gateway still has. */
export async function renewLeases(
  tx: Queries,
  { gatewayId, incarnation }: Holder,
  held: readonly { readonly shardId: number; readonly epoch: number }[],
): Promise<Renewal> {
  if (held.length === 0) return nothingKept
  const { rows } = await tx.execute(sql`
    UPDATE shard_leases AS s SET renew_seq = s.renew_seq + 1, renewed_at = clock_timestamp()
    FROM unnest(
      ${sql.param(held.map(({ shardId }) => shardId))}::integer[],
      ${sql.param(held.map(({ epoch }) => epoch))}::bigint[]
    ) AS h(shard_id, epoch)
    WHERE s.shard_id = h.shard_id AND s.epoch = h.epoch AND s.holder = ${gatewayId}
      AND s.registration = ${incarnation.registration} AND s.restart = ${incarnation.restart}
    RETURNING s.shard_id, s.epoch, epoch_ms(clock_timestamp()) AS now`)
  const renewed = rows.map((row) => Kept.parse(row))
  return {
    kept: renewed.map(({ shard_id, epoch }) => ({ shardId: shard_id, epoch })),
    nowMs: renewed[0]?.now ?? null,
  }
}

/** A row as its holder sees it. */
export function leaseOf(
  row: LeaseRow,
  holder: GatewayId,
  shardCount: number,
  parked: ParkedLane[],
): ShardLease {
  const { shardId, epoch, endedGeneration } = row
  return { shardId, shardCount, holder, epoch, session: sessionOf(row), endedGeneration, parked }
}
