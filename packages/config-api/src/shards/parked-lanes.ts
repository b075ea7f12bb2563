import type { GatewayId, ParkedChanges, ParkedLane } from '@guildmesh/contracts'
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Queries } from '../database/database.ts'
import { parkedLanes } from '../database/schema.ts'

/**
 * Stores what a holder reports of its parked lanes. To be called in the transaction that stores the resume
 * checkpoint: the two are one fact.
 */
export async function storeParked(
  tx: Queries,
  shardId: number,
  holder: GatewayId,
  { kept, gone }: ParkedChanges,
): Promise<void> {
  // A lane that goes and comes again within one report is kept.
  for (const [keeper, guildIds] of Map.groupBy(gone, (lane) => lane.keeper)) {
    await tx.delete(parkedLanes).where(
      and(
        eq(parkedLanes.shardId, shardId),
        eq(parkedLanes.keeper, keeper),
        inArray(
          parkedLanes.guildId,
          guildIds.map(({ guildId }) => guildId),
        ),
      ),
    )
  }
  if (kept.length === 0) return
  await tx
    .insert(parkedLanes)
    .values(
      kept.map(({ guildId, through: { generation, seq }, events }) => ({
        shardId,
        guildId,
        keeper: holder,
        generation,
        seq,
        events,
      })),
    )
    .onConflictDoUpdate({
      target: [parkedLanes.shardId, parkedLanes.guildId, parkedLanes.keeper],
      set: {
        generation: sql`excluded.generation`,
        seq: sql`excluded.seq`,
        events: sql`excluded.events`,
        changedAt: sql`clock_timestamp()`,
      },
    })
}

/** The parked lanes of these shards. */
export async function readParked(
  tx: Queries,
  shardIds: readonly number[],
): Promise<ReadonlyMap<number, ParkedLane[]>> {
  if (shardIds.length === 0) return new Map()
  const rows = await tx
    .select()
    .from(parkedLanes)
    .where(inArray(parkedLanes.shardId, [...shardIds]))
  const lanes = Map.groupBy(rows, ({ shardId }) => shardId)
  return new Map(
    [...lanes].map(([shardId, ofShard]) => [
      shardId,
      ofShard.map(({ guildId, keeper, generation, seq, events }) => ({
        guildId,
        keeper,
        through: { generation, seq },
        events,
      })),
    ]),
  )
}
