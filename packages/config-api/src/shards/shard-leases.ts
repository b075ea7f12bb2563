import {
  type AcquiredShards,
  type Call,
  MeshError,
  type RenewedShards,
  type ShardLeasePort,
  type ShardList,
} from '@guildmesh/contracts'
import { type Logger, sleep } from '@guildmesh/runtime'
import { and, asc, eq, sql } from 'drizzle-orm'
import type { ChangeListener } from '../database/change-listener.ts'
import type { Database } from '../database/database.ts'
import { gateways, mesh, shardLeases } from '../database/schema.ts'
import { leaseTerms } from '../gateways/gateway-registry.ts'
import { requireIncarnation } from '../gateways/require-incarnation.ts'
import { takeCheckpoint } from './checkpoints.ts'
import { fixShardCount, leaseOf, nothingKept, renewLeases, takeShards } from './lease-rows.ts'
import { readParked } from './parked-lanes.ts'
import { readPlan } from './read-plan.ts'
import { noteUsed, returnReservation } from './reserved-permits.ts'
import { lockShard, requireClaim } from './shard-claim.ts'

type Input<M extends keyof ShardLeasePort> = Parameters<ShardLeasePort[M]>[0]

/** Who holds which Discord shard: one holder a shard, at an epoch that rises with every change. */
export class ShardLeases implements ShardLeasePort {
  readonly #database: Database
  readonly #logger: Logger
  readonly #changes: Pick<ChangeListener, 'nextChange'>
  readonly #ending: AbortSignal

  /** @param parts `signal` ends waiting for shards */
  constructor(parts: {
    database: Database
    logger: Logger
    changes: Pick<ChangeListener, 'nextChange'>
    signal: AbortSignal
  }) {
    this.#database = parts.database
    this.#logger = parts.logger
    this.#changes = parts.changes
    this.#ending = parts.signal
  }

  async acquire(input: Input<'acquire'>, call: Call): Promise<AcquiredShards> {
    const untilMs = performance.now() + input.waitMs
    const waiting = AbortSignal.any([call.signal, this.#ending])
    for (;;) {
      const freed = this.#changes.nextChange('shards')
      const reply = await this.#acquireNow(input, call)
      const leftMs = untilMs - performance.now()
      if (reply.acquired.length > 0 || leftMs <= 0 || waiting.aborted) return reply
      await Promise.race([freed, sleep(leftMs, waiting)])
    }
  }

  leave({ gatewayId, incarnation }: Input<'leave'>, call: Call): Promise<{ done: true }> {
    return this.#database.transact(async (tx) => {
      await requireIncarnation(tx, gatewayId, incarnation)
      await tx
        .update(gateways)
        .set({ leftShardsAs: incarnation.registration })
        .where(and(eq(gateways.gatewayId, gatewayId), eq(gateways.registration, incarnation.registration)))
      return done
    }, call)
  }

  #acquireNow({ gatewayId, incarnation, shardCount }: Input<'acquire'>, call: Call): Promise<AcquiredShards> {
    return this.#database.transact(async (tx) => {
      // One at a time, so that quotas are counted over leases that nobody is taking just now.
      await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtext('guildmesh.shards'))`)
      const gateway = await requireIncarnation(tx, gatewayId, incarnation)
      if (gateway.status === 'offline') {
        throw new MeshError({ kind: 'GatewayNotActive', gatewayId, status: gateway.status })
      }
      if (gateway.holdsShardsAs !== gateway.registration) {
        await tx
          .update(gateways)
          .set({ holdsShardsAs: gateway.registration })
          .where(eq(gateways.gatewayId, gatewayId))
      }
      const fixedCount = await fixShardCount(tx, shardCount)
      const plan = await readPlan(tx, gatewayId)
      const taken = await takeShards(tx, { gatewayId, incarnation }, plan.acquire)
      if (taken.length > 0) {
        this.#logger.info(
          { event: 'shards-leased', gatewayId, shards: taken.map(({ shardId }) => shardId) },
          'leased shards',
        )
      }
      const parked = await readParked(
        tx,
        taken.map(({ shardId }) => shardId),
      )
      return {
        shardCount: fixedCount,
        acquired: taken.map((row) => leaseOf(row, gatewayId, fixedCount, parked.get(row.shardId) ?? [])),
        lease: leaseTerms,
      }
    }, call)
  }

  renew({ gatewayId, incarnation, held }: Input<'renew'>, call: Call): Promise<RenewedShards> {
    return this.#database.transact(async (tx) => {
      const gateway = await requireIncarnation(tx, gatewayId, incarnation)
      const { kept, nowMs } =
        gateway.status === 'offline' ? nothingKept : await renewLeases(tx, { gatewayId, incarnation }, held)
      const keptIds = new Set(kept.map(({ shardId }) => shardId))
      const plan = kept.length === 0 ? null : await readPlan(tx, gatewayId)
      return {
        lease: leaseTerms,
        kept,
        lost: held.map(({ shardId }) => shardId).filter((shardId) => !keptIds.has(shardId)),
        handOver: plan?.handOver.filter((shardId) => keptIds.has(shardId)) ?? [],
        nowMs,
      }
    }, call)
  }

  release(input: Input<'release'>, call: Call): Promise<{ done: true }> {
    return this.#database.transact(async (tx) => {
      const row = await lockShard(tx, input.shardId)
      const released = row.holder === null && row.lastHolder === input.gatewayId && row.epoch === input.epoch
      if (released) return done
      requireClaim(row, input)
      const next = await takeCheckpoint(tx, row, input.gatewayId, input)
      await noteUsed(tx, input.shardId, next.generation ?? next.endedGeneration)
      await returnReservation(tx, input.shardId, input.reserved)
      await tx
        .update(shardLeases)
        .set({
          holder: null,
          registration: null,
          restart: null,
          lastHolder: input.gatewayId,
          ...next,
        })
        .where(eq(shardLeases.shardId, input.shardId))
      const { gatewayId, shardId } = input
      this.#logger.info({ event: 'shard-released', gatewayId, shardId }, 'released shard')
      return done
    }, call)
  }

  list(call: Call): Promise<ShardList> {
    return this.#database.readSnapshot(async (tx) => {
      const [state] = await tx.select().from(mesh)
      const rows = await tx.select().from(shardLeases).orderBy(asc(shardLeases.shardId))
      const parked = await readParked(
        tx,
        rows.map(({ shardId }) => shardId),
      )
      return {
        shardCount: state?.shardCount ?? null,
        shards: rows.map(({ shardId, holder, epoch, generation, seq, renewedAt }) => {
          const lanes = parked.get(shardId) ?? []
          return {
            shardId,
            holder,
            epoch,
            generation,
            seq,
            renewedAt: renewedAt?.getTime() ?? null,
            parked: {
              lanes: new Set(lanes.map(({ guildId }) => guildId)).size,
              events: lanes.reduce((sum, { events }) => sum + events, 0),
            },
          }
        }),
      }
    }, call)
  }
}

const done = { done: true } as const
