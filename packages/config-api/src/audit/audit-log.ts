import { randomUUID } from 'node:crypto'
import type { AuditPort, Call } from '@guildmesh/contracts'
import { asc, desc, eq, gt, sql } from 'drizzle-orm'
import type { Database, Queries, WorkLimits } from '../database/database.ts'
import { audit } from '../database/schema.ts'
import { type ChainBreak, chainStart, type HashedEntry, hashEntry, verifyChain } from './audit-chain.ts'

type Entry = Parameters<AuditPort['append']>[0]

/** An entry that can be appended within the transaction of what it tells of; repeating that changes nothing. */
export interface PreparedEntry {
  appendIn(tx: Queries): Promise<void>
}

/** Who did what, when and why. Each entry carries the hash of the one before it, so that no past one can change. */
export class AuditLog implements AuditPort {
  readonly #database: Database

  constructor({ database }: { database: Database }) {
    this.#database = database
  }

  /** Fixes the entry's identity now, so that a transaction that runs again appends it once. */
  prepare(entry: Entry): PreparedEntry {
    const requestId = randomUUID()
    return { appendIn: (tx) => append(tx, requestId, entry) }
  }

  async append(entry: Entry, call: Call): Promise<{ done: true }> {
    const prepared = this.prepare(entry)
    await this.#database.transact((tx) => prepared.appendIn(tx), call)
    return { done: true }
  }

  list({ limit }: Parameters<AuditPort['list']>[0], call: Call): ReturnType<AuditPort['list']> {
    return this.#database.run(async (queries) => {
      const rows = await queries.select().from(audit).orderBy(desc(audit.entryId)).limit(limit)
      return {
        entries: rows.map(({ at, actor, action, subject, reason, entryId, hash }) => ({
          at: at.getTime(),
          actor,
          action,
          subject,
          reason,
          entryId: String(entryId),
          hash,
        })),
      }
    }, call)
  }

  /** Checks the whole log. @returns the first entry that does not hold, or `null` */
  verify(limits: WorkLimits): Promise<ChainBreak | null> {
    return this.#database.readSnapshot(async (tx) => {
      let after = 0
      let hash = chainStart
      for (;;) {
        const rows = await tx
          .select()
          .from(audit)
          .where(gt(audit.entryId, after))
          .orderBy(asc(audit.entryId))
          .limit(5000)
        const broken = verifyChain(rows.map(entryOf), hash)
        const last = rows.at(-1)
        if (broken || !last) return broken
        after = last.entryId
        hash = last.hash
      }
    }, limits)
  }
}

function entryOf(row: typeof audit.$inferSelect): HashedEntry {
  return { ...row, at: row.at.getTime() }
}

async function append(tx: Queries, requestId: string, entry: Entry): Promise<void> {
  // One writer at a time: an entry's hash needs the one before it.
  await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtext('guildmesh.audit'))`)
  const [done] = await tx.select().from(audit).where(eq(audit.requestId, requestId))
  if (done) return
  const [last] = await tx.select().from(audit).orderBy(desc(audit.entryId)).limit(1)
  const [clock] = (await tx.execute<{ ms: string }>(sql`SELECT epoch_ms(clock_timestamp())::text AS ms`)).rows
  const chained = {
    entryId: (last?.entryId ?? 0) + 1,
    at: Number(clock?.ms),
    actor: entry.actor,
    action: entry.action,
    subject: entry.subject,
    reason: entry.reason,
    previousHash: last?.hash ?? chainStart,
  }
  await tx.insert(audit).values({
    ...chained,
    requestId,
    at: new Date(chained.at),
    hash: hashEntry(chained),
  })
}
