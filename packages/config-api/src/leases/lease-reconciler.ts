import type { Logger, Metrics } from '@guildmesh/runtime'
import { type LeaseTiming, leaseTiming, type LeaseWatch, unwatched, watchLeases } from '@guildmesh/placement'
import { and, eq, isNotNull, ne, sql } from 'drizzle-orm'
import { backgroundLimits, type Database, type Queries, type WorkLimits } from '../database/database.ts'
import { gateways, shardLeases } from '../database/schema.ts'

export const reconcileEveryMs = 250

/** A lease with how to end it, if it is still as it was read. */
interface Lease {
  readonly key: string
  readonly kind: 'gateway' | 'shard'
  readonly renewSeq: number
  /** What is leased and to whom, for the log. */
  readonly subject: object
  /** @returns whether it ended the lease */
  end(queries: Queries): Promise<boolean>
}

/**
 * Ends the leases that nobody renews: a gateway becomes `offline`, a shard becomes free. What it has watched is
 * measured on this process's monotonic clock, and ending is a compare-and-set of the renewal it last saw. So it does no
 * harm if there are two reconcilers, or if one is stopped or wakes up late.
 */
export class LeaseReconciler {
  readonly #database: Pick<Database, 'run'>
  readonly #logger: Logger
  readonly #expired: ReturnType<Metrics['counter']>
  readonly #timing: LeaseTiming
  readonly #now: () => number
  #watch: LeaseWatch = unwatched

  constructor(parts: {
    database: Pick<Database, 'run'>
    logger: Logger
    metrics: Metrics
    /** How long a lease is watched unchanged before it has expired. */
    expireAfterMs?: number
    now?: () => number
  }) {
    this.#database = parts.database
    this.#logger = parts.logger
    this.#expired = parts.metrics.counter('leases_expired_total', 'Leases that nobody renewed', ['lease'])
    this.#timing = {
      expireAfterMs: parts.expireAfterMs ?? leaseTiming.expireAfterMs,
      maxPauseMs: 4 * reconcileEveryMs,
    }
    this.#now = parts.now ?? (() => performance.now())
  }

  /** Looks at every lease once and ends those that have expired. */
  async turn(signal: AbortSignal): Promise<void> {
    const limits = backgroundLimits(signal, this.#timing.maxPauseMs)
    const leases = await this.#readLeases(limits)
    const { watch, expired } = watchLeases(this.#watch, leases, this.#now(), this.#timing)
    this.#watch = watch
    const expiredKeys = new Set(expired.map(({ key }) => key))
    for (const lease of leases) {
      if (!expiredKeys.has(lease.key)) continue
      if (await this.#database.run((queries) => lease.end(queries), limits)) {
        this.#expired.inc({ lease: lease.kind })
        const { expireAfterMs } = this.#timing
        this.#logger.warn(
          { event: `${lease.kind}-lease-expired`, ...lease.subject, expireAfterMs },
          lease.kind === 'gateway' ? 'lease expired: marked gateway offline' : 'lease expired: freed shard',
        )
      }
    }
  }

  #readLeases(limits: WorkLimits): Promise<Lease[]> {
    return this.#database.run(async (queries) => {
      const live = await queries
        .select({
          gatewayId: gateways.gatewayId,
          registration: gateways.registration,
          restart: gateways.restart,
          renewSeq: gateways.renewSeq,
        })
        .from(gateways)
        .where(ne(gateways.status, 'offline'))
      const held = await queries
        .select({
          shardId: shardLeases.shardId,
          epoch: shardLeases.epoch,
          renewSeq: shardLeases.renewSeq,
          holder: shardLeases.holder,
        })
        .from(shardLeases)
        .where(isNotNull(shardLeases.holder))
      return [...live.map(gatewayLease), ...held.map(shardLease)]
    }, limits)
  }
}

function gatewayLease(
  row: Pick<typeof gateways.$inferSelect, 'gatewayId' | 'registration' | 'restart' | 'renewSeq'>,
): Lease {
  const { gatewayId, registration, restart, renewSeq } = row
  return {
    key: `gateway ${gatewayId} ${registration}.${restart}`,
    kind: 'gateway',
    renewSeq,
    subject: { gatewayId, registration, restart },
    async end(queries) {
      const ended = await queries
        .update(gateways)
        .set({ statusBeforeOffline: sql`${gateways.status}`, status: 'offline' })
        .where(
          and(
            eq(gateways.gatewayId, gatewayId),
            eq(gateways.registration, registration),
            eq(gateways.restart, restart),
            eq(gateways.renewSeq, renewSeq),
            ne(gateways.status, 'offline'),
          ),
        )
        .returning({ gatewayId: gateways.gatewayId })
      return ended.length > 0
    },
  }
}

function shardLease(
  row: Pick<typeof shardLeases.$inferSelect, 'shardId' | 'epoch' | 'renewSeq' | 'holder'>,
): Lease {
  const { shardId, epoch, renewSeq, holder } = row
  return {
    key: `shard ${shardId} ${epoch}`,
    kind: 'shard',
    renewSeq,
    subject: { shardId, gatewayId: holder, epoch },
    async end(queries) {
      const ended = await queries
        .update(shardLeases)
        .set({ lastHolder: sql`${shardLeases.holder}`, holder: null, registration: null, restart: null })
        .where(
          and(
            eq(shardLeases.shardId, shardId),
            eq(shardLeases.epoch, epoch),
            eq(shardLeases.renewSeq, renewSeq),
            isNotNull(shardLeases.holder),
          ),
        )
        .returning({ shardId: shardLeases.shardId })
      return ended.length > 0
    },
  }
}
