import type { Call, CheckpointPort, GatewayId, ParkedChanges, ShardSession } from '@guildmesh/contracts'
import { eq } from 'drizzle-orm'
import type { Database, Queries } from '../database/database.ts'
import { shardLeases } from '../database/schema.ts'
import { noteSessionChange } from './gap-ledger.ts'
import { storeParked } from './parked-lanes.ts'
import { noteUsed } from './reserved-permits.ts'
import { type LeaseRow, lockShard, requireClaim } from './shard-claim.ts'
import { nextSession, type StoredSession } from './stored-session.ts'

/** The resume checkpoint of each shard: where its next holder continues. */
export class Checkpoints implements CheckpointPort {
  readonly #database: Database

  constructor({ database }: { database: Database }) {
    this.#database = database
  }

  store(input: Parameters<CheckpointPort['store']>[0], call: Call): Promise<{ done: true }> {
    return this.#database.transact(async (tx) => {
      const row = await lockShard(tx, input.shardId)
      requireClaim(row, input)
      const next = await takeCheckpoint(tx, row, input.gatewayId, input)
      if (next.generation !== null && next.generation !== row.generation)
        await noteUsed(tx, input.shardId, next.generation)
      await tx.update(shardLeases).set(next).where(eq(shardLeases.shardId, input.shardId))
      return { done: true }
    }, call)
  }
}

/**
 * Stores what a holder reports of its session and its parked lanes: the gap ledger, the lanes and the seq to resume from
 * change together. To be called under the lock of the shard.
 * @returns what the shard's row is to keep of its session
 */
export async function takeCheckpoint(
  tx: Queries,
  row: LeaseRow,
  holder: GatewayId,
  report: { readonly session: ShardSession | null; readonly parked?: ParkedChanges | undefined },
): Promise<StoredSession> {
  const next = nextSession(row, report.session)
  await noteSessionChange(tx, row.shardId, row, next)
  if (report.parked) await storeParked(tx, row.shardId, holder, report.parked)
  return next
}
