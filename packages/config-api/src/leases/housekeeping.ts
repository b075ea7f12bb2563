import { sql } from 'drizzle-orm'
import { backgroundLimits, type Database } from '../database/database.ts'

export const housekeepingEveryMs = 10 * 60 * 1000

/** Changes that are always kept, however old: a watcher within them resumes without a snapshot. */
const keptChanges = 10_000

/** Removes what nobody can need any more. Any number of replicas may do it at once. */
export async function tidyUp(database: Database, signal: AbortSignal): Promise<void> {
  const limits = backgroundLimits(signal)
  await database.run(
    (queries) =>
      queries.execute(
        sql`DELETE FROM service_keys WHERE valid_until < clock_timestamp() - interval '1 hour'`,
      ),
    limits,
  )
  await database.run(
    (queries) =>
      queries.execute(sql`DELETE FROM sessions WHERE expires_at < clock_timestamp() - interval '1 day'`),
    limits,
  )
  await database.run(
    (queries) =>
      queries.execute(sql`DELETE FROM identifies WHERE slot_at < clock_timestamp() - interval '2 days'`),
    limits,
  )
  await database.run(
    (queries) =>
      queries.execute(
        sql`DELETE FROM former_rest_quotas WHERE heard_at < clock_timestamp() - interval '2 days'`,
      ),
    limits,
  )
  await trimChanges(database, keptChanges, signal)
}

/** Forgets all but the newest changes. A watcher whose place is before those gets a snapshot. */
export async function trimChanges(database: Database, keep: number, signal: AbortSignal): Promise<void> {
  await database.transact(async (tx) => {
    // The mark first: a reader between the two statements must not mistake a trimmed log for a whole one.
    await tx.execute(sql`
      UPDATE mesh SET trimmed_through = greatest(trimmed_through, coalesce(
        (SELECT revision FROM changes ORDER BY revision DESC OFFSET ${keep} LIMIT 1), 0))`)
    await tx.execute(sql`DELETE FROM changes WHERE revision <= (SELECT trimmed_through FROM mesh)`)
  }, backgroundLimits(signal))
}
