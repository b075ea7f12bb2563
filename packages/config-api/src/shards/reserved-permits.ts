import type { GatewayId } from '@guildmesh/contracts'
import { and, eq, isNull, lte, sql } from 'drizzle-orm'
import type { Queries } from '../database/database.ts'
import { identifies } from '../database/schema.ts'

/** A holder with its lease, and the highest generation of the shard that it, or anybody before it, is known to have used. */
export interface ReservationClaim {
  readonly gatewayId: GatewayId
  readonly shardId: number
  readonly epoch: number
  readonly usedGeneration: number
}

const now = sql`clock_timestamp()`
const isReserved = isNull(identifies.slotAt)

/**
 * Settles what became of the shard's reservations: one whose generation was used is spent, and so is one that an earlier
 * holder had when its lease expired, since it may have used it unseen. What is left is the caller's own,
 * or was given back. To be called under the lock of the shard.
 */
export async function settleReservations(tx: Queries, claim: ReservationClaim): Promise<void> {
  const { shardId, epoch, usedGeneration } = claim
  await tx
    .update(identifies)
    .set({ slotAt: now, reservedEpoch: null })
    .where(
      and(
        eq(identifies.shardId, shardId),
        isReserved,
        sql`(${identifies.generation} <= ${usedGeneration} OR ${identifies.reservedEpoch} < ${epoch})`,
      ),
    )
}

/** The reservation that the caller has with its present lease, if any. To be called after `settleReservations`. */
export async function ownReservation(
  tx: Queries,
  { shardId, epoch }: ReservationClaim,
): Promise<number | null> {
  const [row] = await tx
    .select({ generation: identifies.generation })
    .from(identifies)
    .where(and(eq(identifies.shardId, shardId), isReserved, eq(identifies.reservedEpoch, epoch)))
  return row?.generation ?? null
}

/**
 * Takes over a reservation that the holder before has given back. Its generation is a new one, higher than any of a
 * session that began meanwhile. To be called after `settleReservations`.
 */
export async function takeOverReturned(
  tx: Queries,
  { shardId, epoch, gatewayId }: ReservationClaim,
): Promise<number | null> {
  const [row] = await tx
    .update(identifies)
    .set({ generation: sql`nextval('session_generations')`, holder: gatewayId, reservedEpoch: epoch })
    .where(
      and(
        eq(identifies.shardId, shardId),
        eq(
          identifies.generation,
          sql`(SELECT min(generation) FROM identifies
            WHERE shard_id = ${shardId} AND slot_at IS NULL AND reserved_epoch IS NULL)`,
        ),
      ),
    )
    .returning({ generation: identifies.generation })
  return row?.generation ?? null
}

/** Reserves a new permit. */
export async function insertReservation(
  tx: Queries,
  { shardId, epoch, gatewayId }: ReservationClaim,
): Promise<number> {
  const [row] = await tx
    .insert(identifies)
    .values({
      generation: sql`nextval('session_generations')`,
      shardId,
      holder: gatewayId,
      slotAt: null,
      reservedEpoch: epoch,
    })
    .returning({ generation: identifies.generation })
  if (!row) throw new Error('an insert of a reservation gave no row')
  return row.generation
}

/** Gives a reservation its place in time: it is about to be used. */
export async function useReservation(tx: Queries, generation: number, waitMs: number): Promise<void> {
  await tx
    .update(identifies)
    .set({ slotAt: sql`clock_timestamp() + ${waitMs} * interval '1 millisecond'`, reservedEpoch: null })
    .where(eq(identifies.generation, generation))
}

/** The holder leaves, and still has this reservation (`null`: none). It has used any other of the shard. */
export async function returnReservation(
  tx: Queries,
  shardId: number,
  unusedGeneration: number | null,
): Promise<void> {
  if (unusedGeneration !== null) {
    await tx
      .update(identifies)
      .set({ reservedEpoch: null })
      .where(and(eq(identifies.generation, unusedGeneration), eq(identifies.shardId, shardId), isReserved))
  }
}

/** A session of this generation runs, so reservations up to it were used. */
export async function noteUsed(tx: Queries, shardId: number, generation: number): Promise<void> {
  await tx
    .update(identifies)
    .set({ slotAt: now, reservedEpoch: null })
    .where(and(eq(identifies.shardId, shardId), isReserved, lte(identifies.generation, generation)))
}
