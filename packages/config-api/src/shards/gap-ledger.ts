import type { Call, DataLoss, DataLossInput, GapLedgerPort } from '@guildmesh/contracts'
import type { Logger } from '@guildmesh/runtime'
import { and, desc, eq, isNull, lt, sql } from 'drizzle-orm'
import type { Database, Queries } from '../database/database.ts'
import { gapLedger } from '../database/schema.ts'
import { recoveryAfter } from './recovery.ts'
import { lockShard } from './shard-claim.ts'
import type { StoredSession } from './stored-session.ts'

type Input<M extends keyof GapLedgerPort> = Parameters<GapLedgerPort[M]>[0]
type LossRow = typeof gapLedger.$inferSelect

/** Every data loss, with what was read back and what was not. */
export class GapLedger implements GapLedgerPort {
  readonly #database: Database
  readonly #logger: Logger

  constructor(parts: { database: Database; logger: Logger }) {
    this.#database = parts.database
    this.#logger = parts.logger
  }

  record(input: Input<'record'>, call: Call): Promise<{ done: true }> {
    return this.#database.transact(async (tx) => {
      const { generation } = await lockShard(tx, input.shardId)
      await recordLoss(tx, input, generation)
      const { shardId, guildId, reason } = input
      this.#logger.warn({ event: 'data-loss-recorded', shardId, guildId, reason }, 'recorded data loss')
      return { done: true }
    }, call)
  }

  list({ limit }: Input<'list'>, call: Call): ReturnType<GapLedgerPort['list']> {
    return this.#database.run(async (queries) => {
      const rows = await queries.select().from(gapLedger).orderBy(desc(gapLedger.lossId)).limit(limit)
      return { losses: rows.map(lossOf) }
    }, call)
  }
}

/**
 * To be called in the transaction that stores a session. If that ends the session that was stored, the ledger has a
 * row of it at once (I3), even if the holder crashes before it can tell the reason. If it is the first session since, rows
 * without a successor get it.
 */
export async function noteSessionChange(
  tx: Queries,
  shardId: number,
  before: StoredSession,
  after: StoredSession,
): Promise<void> {
  if (before.generation === after.generation) return
  if (before.generation !== null) {
    await tx
      .insert(gapLedger)
      .values({
        shardId,
        generationBefore: before.generation,
        lastSeq: before.seq ?? 0,
        reason: 'session-ended',
      })
      .onConflictDoNothing()
  }
  if (after.generation !== null) {
    await tx
      .update(gapLedger)
      .set({ generationAfter: after.generation })
      .where(
        and(
          eq(gapLedger.shardId, shardId),
          eq(gapLedger.guildId, ''),
          isNull(gapLedger.generationAfter),
          lt(gapLedger.generationBefore, after.generation),
        ),
      )
  }
}

/** Records a loss, or adds to its row what the holder knows. `current`: generation of the shard's stored session. */
async function recordLoss(tx: Queries, loss: DataLossInput, current: number | null): Promise<void> {
  const followed = current !== null && current > loss.after.generation ? current : null
  const facts = {
    gatewayId: loss.gatewayId,
    reason: loss.reason,
    guilds: loss.guilds,
    undelivered: loss.undelivered,
  }
  await tx
    .insert(gapLedger)
    .values({
      shardId: loss.shardId,
      guildId: loss.guildId ?? '',
      generationBefore: loss.after.generation,
      afterSeq: loss.guildId === null ? 0 : loss.after.seq,
      lastSeq: loss.after.seq,
      generationAfter: loss.before?.generation ?? followed,
      ...facts,
    })
    .onConflictDoUpdate({
      target: [gapLedger.shardId, gapLedger.guildId, gapLedger.generationBefore, gapLedger.afterSeq],
      set: { ...facts, lastSeq: sql`greatest(${gapLedger.lastSeq}, excluded.last_seq)` },
    })
}

function lossOf(row: LossRow): DataLoss {
  // No event has the seq 0: there it says that the owner had no cursor.
  const fromNothing = row.guildId !== '' && row.lastSeq === 0
  return {
    lossId: row.lossId,
    shardId: row.shardId,
    guildId: row.guildId === '' ? null : row.guildId,
    gatewayId: row.gatewayId,
    after: { generation: row.generationBefore, seq: row.lastSeq },
    generationAfter: row.generationAfter,
    detectedAt: row.detectedAt.getTime(),
    reason: row.reason,
    ...recoveryAfter(fromNothing),
    guilds: row.guilds,
    undelivered: row.undelivered,
  }
}
