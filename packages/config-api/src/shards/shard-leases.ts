import {
  type AcquiredShards,
  type Call,
  type GatewayId,
  MeshError,
  type ParkedLane,
  type RenewedShards,
  type ShardLease,
  type ShardList,
  type ShardLeasePort,
  type ShardSession,
} from '@guildmesh/contracts'
import { type Logger, sleep } from '@guildmesh/runtime'
import { planShards, type ShardPlan } from '@guildmesh/placement'
import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { ChangeListener } from '../database/change-listener.ts'
import type { Database, Queries } from '../database/database.ts'
import { gateways, mesh, shardLeases } from '../database/schema.ts'
import { leaseTerms } from '../gateways/gateway-registry.ts'
import { requireIncarnation } from '../gateways/require-incarnation.ts'
import { takeCheckpoint } from './checkpoints.ts'
import { noteUsed, returnReservation } from './reserved-permits.ts'
import { type LeaseClaim, type LeaseRow, lockShard, requireClaim } from './shard-claim.ts'
import { readParked } from './parked-lanes.ts'
import { sessionOf } from './stored-session.ts'

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
      const plan = await planOf(tx, gatewayId)
      const taken =
        plan.acquire.length === 0
          ? []
          : await tx
              .update(shardLeases)
              .set({
                holder: gatewayId,
                ...incarnation,
                epoch: sql`${shardLeases.epoch} + 1`,
                renewSeq: sql`${shardLeases.renewSeq} + 1`,
                renewedAt: sql`clock_timestamp()`,
              })
              .where(and(inArray(shardLeases.shardId, [...plan.acquire]), isNull(shardLeases.holder)))
              .returning()
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
      const plan = kept.length === 0 ? null : await planOf(tx, gatewayId)
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

/** The mesh's number of shards: the one offered, if none is fixed yet. */
async function fixShardCount(tx: Queries, offered: number): Promise<number> {
  const fixed = await tx
    .update(mesh)
    .set({ shardCount: offered })
    .where(isNull(mesh.shardCount))
    .returning({ shardCount: mesh.shardCount })
  if (fixed.length > 0) {
    await tx.execute(
      sql`INSERT INTO shard_leases (shard_id) SELECT generate_series(0, ${offered}::integer - 1) ON CONFLICT DO NOTHING`,
    )
    return offered
  }
  const [state] = await tx.select().from(mesh)
  return state?.shardCount ?? offered
}

/** A gateway's part of the plan that every gateway gets a part of. */
async function planOf(tx: Queries, gatewayId: GatewayId): Promise<ShardPlan> {
  const shards = await tx
    .select({
      shardId: shardLeases.shardId,
      holder: shardLeases.holder,
      lastHolder: shardLeases.lastHolder,
    })
    .from(shardLeases)
  const participants = await tx
    .select({ gatewayId: gateways.gatewayId })
    .from(gateways)
    .where(
      and(
        inArray(gateways.status, ['active', 'cordoned']),
        eq(gateways.holdsShardsAs, gateways.registration),
        sql`${gateways.leftShardsAs} IS DISTINCT FROM ${gateways.registration}`,
      ),
    )
  return planShards(
    gatewayId,
    shards,
    participants.map((row) => row.gatewayId),
  )
}

const Kept = z.object({ shard_id: z.int(), epoch: z.coerce.number(), now: z.coerce.number() })

/** What a renewal did, and the database's clock at that moment, epoch milliseconds; `null` if nothing was renewed. */
interface Renewal {
  readonly kept: { readonly shardId: number; readonly epoch: number }[]
  readonly nowMs: number | null
}

const nothingKept: Renewal = { kept: [], nowMs: null }

async function renewLeases(
  tx: Queries,
  { gatewayId, incarnation }: Pick<LeaseClaim, 'gatewayId' | 'incarnation'>,
  held: Input<'renew'>['held'],
): Promise<Renewal> {
  if (held.length === 0) return nothingKept
  const { rows } = await tx.execute(sql`
    UPDATE shard_leases AS s SET renew_seq = s.renew_seq + 1, renewed_at = clock_timestamp()
    FROM unnest(
      ${sql.param(held.map(({ shardId }) => shardId))}::integer[],
      ${sql.param(held.map(({ epoch }) => epoch))}::bigint[]
    ) AS h(shard_id, epoch)
    WHERE s.shard_id = h.shard_id AND s.epoch = h.epoch AND s.holder = ${gatewayId}
      AND s.registration = ${incarnation.registration} AND s.restart = ${incarnation.restart}
    RETURNING s.shard_id, s.epoch, epoch_ms(clock_timestamp()) AS now`)
  const renewed = rows.map((row) => Kept.parse(row))
  return {
    kept: renewed.map(({ shard_id, epoch }) => ({ shardId: shard_id, epoch })),
    nowMs: renewed[0]?.now ?? null,
  }
}

function leaseOf(row: LeaseRow, holder: GatewayId, shardCount: number, parked: ParkedLane[]): ShardLease {
  const session: ShardSession | null = sessionOf(row)
  const { shardId, epoch, endedGeneration } = row
  return { shardId, shardCount, holder, epoch, session, endedGeneration, parked }
}
