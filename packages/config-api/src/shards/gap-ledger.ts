import type { Gap, GapInput } from '@guildmesh/contracts'
import { and, desc, eq, isNull, lt, sql } from 'drizzle-orm'
import type { Queries } from '../database/database.ts'
import { gaps } from '../database/schema.ts'
import type { StoredSession } from './stored-session.ts'

type GapRow = typeof gaps.$inferSelect

/**
 * Read back over REST by the owners of the guilds: behind a lost session from the first GUILD_CREATE on, behind a hole in
 * a lane from the first event on.
 */
const recovered = [
  'guild, channels, roles and member count as they are now',
  'the members that were known, as they are now',
  'new messages and their reactions',
  'audit log entries, where the bot may view them',
]

/** Of a guild of which the owner had nothing, nobody can say what was missed. */
const recoveredFromNothing = ['guild, channels, roles and member count as they are now']

/** Events that leave no trace which REST would tell later. */
const unrecoverable = [
  'typing and presence',
  'edits of messages that were known before, and what they said in between',
  'messages sent and deleted within the gap, and deletions of earlier ones',
  'reactions to messages that were known before',
  'who joined and left, and which roles changed, other than by the result',
  'moderation and AutoMod events other than by the audit log',
]

/**
 * To be called in the transaction that stores a session: where it ends the one that was stored, the ledger has a row
 * of it at once (I3), whether or not the holder lives to tell the reason; where it is the first since, rows without a
 * successor get it.
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
      .insert(gaps)
      .values({
        shardId,
        generationBefore: before.generation,
        lastSeq: before.seq ?? 0,
        reason: 'Discord ended the session',
      })
      .onConflictDoNothing()
  }
  if (after.generation !== null) {
    await tx
      .update(gaps)
      .set({ generationAfter: after.generation })
      .where(
        and(
          eq(gaps.shardId, shardId),
          eq(gaps.guildId, ''),
          isNull(gaps.generationAfter),
          lt(gaps.generationBefore, after.generation),
        ),
      )
  }
}

/** Records a gap, or adds to its row what the holder knows. `current`: generation of the shard's stored session. */
export async function recordGap(tx: Queries, gap: GapInput, current: number | null): Promise<void> {
  const followed = current !== null && current > gap.after.generation ? current : null
  const facts = {
    gatewayId: gap.gatewayId,
    reason: gap.reason,
    guilds: gap.guilds,
    undelivered: gap.undelivered,
  }
  await tx
    .insert(gaps)
    .values({
      shardId: gap.shardId,
      guildId: gap.guildId ?? '',
      generationBefore: gap.after.generation,
      holeAfterSeq: gap.guildId === null ? 0 : gap.after.seq,
      lastSeq: gap.after.seq,
      generationAfter: gap.before?.generation ?? followed,
      ...facts,
    })
    .onConflictDoUpdate({
      target: [gaps.shardId, gaps.guildId, gaps.generationBefore, gaps.holeAfterSeq],
      set: { ...facts, lastSeq: sql`greatest(${gaps.lastSeq}, excluded.last_seq)` },
    })
}

/** Latest first. */
export async function listGaps(tx: Queries, limit: number): Promise<Gap[]> {
  return (await tx.select().from(gaps).orderBy(desc(gaps.gapId)).limit(limit)).map(gapOf)
}

function gapOf(row: GapRow): Gap {
  // No event has the seq 0: there it says that the owner had no cursor.
  const fromNothing = row.guildId !== '' && row.lastSeq === 0
  return {
    gapId: row.gapId,
    shardId: row.shardId,
    guildId: row.guildId === '' ? null : row.guildId,
    gatewayId: row.gatewayId,
    after: { generation: row.generationBefore, seq: row.lastSeq },
    generationAfter: row.generationAfter,
    detectedAt: row.detectedAt.getTime(),
    reason: row.reason,
    recovered: fromNothing ? recoveredFromNothing : recovered,
    unrecoverable: fromNothing
      ? ['every event before, and what was kept of it', ...unrecoverable]
      : unrecoverable,
    guilds: row.guilds,
    undelivered: row.undelivered,
  }
}
