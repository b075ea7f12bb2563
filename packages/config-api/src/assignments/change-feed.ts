import { Assignment, Gateway, type WatchEvent } from '@guildmesh/contracts'
import { type Logger, retry, sleep } from '@guildmesh/runtime'
import { asc, gt, sql } from 'drizzle-orm'
import { z } from 'zod'
import { backgroundLimits, type Database } from '../database/database.ts'
import type { ChangeListener } from '../database/change-listener.ts'
import { assignments, gateways } from '../database/schema.ts'
import { gatewayOf } from '../gateways/gateway-row.ts'
import { assignmentOf } from './assignment-row.ts'
import { beforeSnapshot, canResume, formatCursor, type LogPlace, parseCursor } from './watch-cursor.ts'

/** How often a watcher that is up to date hears so, and how often the log is read without a wake. Milliseconds. */
const currentEveryMs = 3000
const pageSize = 1000
const batchSize = 500
const readBackoff = { firstMs: 50, maxMs: 1000, jitter: 'full' } as const

const Change = z.discriminatedUnion('type', [
  z.object({ type: z.literal('assignment'), assignment: Assignment }),
  z.object({ type: z.literal('gateway'), gateway: Gateway }),
])

const LogRow = z.object({
  timeline: z.int(),
  trimmed_through: z.coerce.number(),
  latest: z.coerce.number(),
  revision: z.coerce.number().nullable(),
  body: z.unknown(),
})

interface Batch {
  readonly timeline: number
  readonly resumable: boolean
  readonly changes: readonly { readonly revision: number; readonly change: z.infer<typeof Change> }[]
}

/**
 * Gives watchers every change in the order of commits. Each watcher reads the log itself, from its own place;
 * notifications only say when to look. So two replicas, a lost notification or an outage make nobody miss a change;
 * during an outage a watcher hears nothing and keeps what it has (T6, T8, T12).
 */
export class ChangeFeed {
  readonly #database: Database
  readonly #listener: ChangeListener
  readonly #logger: Logger

  constructor(parts: { database: Database; listener: ChangeListener; logger: Logger }) {
    this.#database = parts.database
    this.#listener = parts.listener
    this.#logger = parts.logger
  }

  /** A snapshot if `cursor` is `null` or too old, then every change, until the signal aborts. */
  async *follow(cursor: string | null, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    let place = cursor === null ? null : parseCursor(cursor)
    let sentAt = -Infinity
    while (!signal.aborted) {
      const nextChange = this.#listener.nextChange()
      const from = place
      const batch = from && (await this.#persist((limits) => this.#readChanges(from, limits), signal))
      if (signal.aborted) return
      if (!from || !batch?.resumable) {
        const snapshot = await this.#persist((limits) => this.#readSnapshot(limits), signal)
        if (!snapshot) return
        yield* pagesOf(snapshot)
        place = snapshot.place
        sentAt = performance.now()
        continue
      }
      for (const { revision, change } of batch.changes) {
        place = { timeline: batch.timeline, revision }
        yield { ...change, cursor: formatCursor(place) }
      }
      if (batch.changes.length > 0) {
        sentAt = performance.now()
        continue
      }
      if (performance.now() - sentAt >= currentEveryMs) {
        yield { type: 'current', cursor: formatCursor(from) }
        sentAt = performance.now()
      }
      await waitFor(nextChange, sentAt + currentEveryMs - performance.now(), signal)
    }
  }

  /** Reads until it works: an outage of PostgreSQL of any length ends no watcher. @returns `null` when aborted */
  async #persist<T>(
    read: (limits: ReturnType<typeof backgroundLimits>) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T | null> {
    try {
      return await retry(() => read(backgroundLimits(signal)), {
        backoff: readBackoff,
        signal,
        onFailure: (error) =>
          this.#logger.warn(
            { event: 'change-log-unreadable', err: error },
            'cannot read the log of changes; retrying',
          ),
      })
    } catch (error) {
      if (signal.aborted) return null
      throw error
    }
  }

  /** One statement, so that the changes and what is kept of the log are of the same moment. */
  #readChanges(place: LogPlace, limits: ReturnType<typeof backgroundLimits>): Promise<Batch> {
    return this.#database.run(async (queries) => {
      const { rows } = await queries.execute(sql`
        SELECT m.timeline, m.trimmed_through, c.revision, c.body,
          coalesce((SELECT max(revision) FROM changes), m.trimmed_through) AS latest
        FROM mesh m LEFT JOIN LATERAL (
          SELECT revision, body FROM changes WHERE revision > ${place.revision} ORDER BY revision LIMIT ${batchSize}
        ) c ON true
        ORDER BY c.revision`)
      const log = rows.map((row) => LogRow.parse(row))
      const [first] = log
      if (!first) throw new Error('the database has no row in its table mesh')
      const extent = { timeline: first.timeline, trimmedThrough: first.trimmed_through, latest: first.latest }
      return {
        timeline: first.timeline,
        resumable: canResume(place, extent),
        changes: log.flatMap(({ revision, body }) =>
          revision === null ? [] : [{ revision, change: Change.parse(body) }],
        ),
      }
    }, limits)
  }

  #readSnapshot(limits: ReturnType<typeof backgroundLimits>): Promise<Snapshot> {
    return this.#database.readSnapshot(async (tx) => {
      const { rows } = await tx.execute(sql`
        SELECT timeline, trimmed_through, NULL AS revision, NULL AS body,
          coalesce((SELECT max(revision) FROM changes), trimmed_through) AS latest
        FROM mesh`)
      const log = LogRow.parse(rows[0])
      const known: Assignment[] = []
      for (let after = ''; ;) {
        const page = await tx
          .select()
          .from(assignments)
          .where(gt(assignments.guildId, sql`${after}`))
          .orderBy(asc(assignments.guildId))
          .limit(5000)
        known.push(...page.map(assignmentOf))
        const last = page.at(-1)
        if (!last) break
        after = last.guildId
      }
      const everyGateway = await tx.select().from(gateways).orderBy(asc(gateways.gatewayId))
      return {
        place: { timeline: log.timeline, revision: log.latest },
        assignments: known,
        gateways: everyGateway.map(gatewayOf),
      }
    }, limits)
  }
}

interface Snapshot {
  readonly place: LogPlace
  readonly assignments: readonly Assignment[]
  readonly gateways: readonly Gateway[]
}

/** Only the last page carries the snapshot's place: whoever loses the connection before it starts from scratch. */
function* pagesOf({ place, assignments: all, gateways: everyGateway }: Snapshot): Generator<WatchEvent> {
  for (let start = 0; start === 0 || start < all.length; start += pageSize) {
    const complete = start + pageSize >= all.length
    yield {
      type: 'snapshot',
      cursor: complete ? formatCursor(place) : beforeSnapshot,
      assignments: all.slice(start, start + pageSize),
      gateways: start === 0 ? [...everyGateway] : [],
      first: start === 0,
      complete,
    }
  }
}

async function waitFor(change: Promise<void>, timeoutMs: number, signal: AbortSignal): Promise<void> {
  const waited = new AbortController()
  const timeout = sleep(Math.max(1, timeoutMs), AbortSignal.any([signal, waited.signal]))
  try {
    await Promise.race([change, timeout])
  } finally {
    waited.abort()
  }
}
