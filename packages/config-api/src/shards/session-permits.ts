import {
  type Call,
  MeshError,
  type ReservedPermit,
  type SessionPermit,
  type ShardPort,
} from '@guildmesh/contracts'
import type { Logger } from '@guildmesh/runtime'
import { and, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Database, Queries } from '../database/database.ts'
import { identifies } from '../database/schema.ts'
import {
  budgetWindowMs,
  grantIdentify,
  grantReservation,
  identifySpacingMs,
  placeOf,
} from './identify-budget.ts'
import {
  insertReservation,
  ownReservation,
  type ReservationClaim,
  settleReservations,
  takeOverReturned,
  useReservation,
} from './reserved-permits.ts'
import { type LeaseRow, lockShard, requireClaim } from './shard-claim.ts'

type Input<M extends keyof ShardPort> = Parameters<ShardPort[M]>[0]

/** Leave to start Discord sessions, from one budget of the whole bot (I14). */
export class SessionPermits {
  readonly #database: Database
  readonly #logger: Logger
  readonly #identifyLimit: number

  constructor(parts: { database: Database; logger: Logger; identifyLimit: number }) {
    this.#database = parts.database
    this.#logger = parts.logger
    this.#identifyLimit = parts.identifyLimit
  }

  permit(input: Input<'permit'>, call: Call): Promise<SessionPermit> {
    return this.#database.transact(async (tx) => {
      const row = await lockShard(tx, input.shardId)
      requireClaim(row, input)
      await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtext('guildmesh.identify'))`)
      const claim = reservationClaim(row, input)
      await settleReservations(tx, claim)
      const unused = await takeOverUnusedPermit(tx, input)
      if (unused) {
        this.#logger.info(
          { gatewayId: input.gatewayId, shardId: input.shardId, ...unused },
          'session permit taken over',
        )
        return unused
      }
      const spending = { ...(await readSpending(tx, input)), limit: this.#identifyLimit }
      const reserved = (await ownReservation(tx, claim)) ?? (await takeOverReturned(tx, claim))
      if (reserved !== null) {
        const waitMs = placeOf(spending)
        await useReservation(tx, reserved, waitMs)
        this.#logger.info({ ...nameOf(claim), generation: reserved, waitMs }, 'reserved session permit used')
        return { generation: reserved, waitMs }
      }
      const grant = grantIdentify(spending)
      if (grant.kind !== 'granted') throw new MeshError(grant)
      const [identify] = await tx
        .insert(identifies)
        .values({
          generation: sql`nextval('session_generations')`,
          shardId: input.shardId,
          holder: input.gatewayId,
          slotAt: sql`clock_timestamp() + ${grant.waitMs} * interval '1 millisecond'`,
        })
        .returning()
      if (!identify) throw new Error('an insert of an identify gave no row')
      const { generation } = identify
      this.#logger.info(
        { gatewayId: input.gatewayId, shardId: input.shardId, generation, waitMs: grant.waitMs },
        'session permitted',
      )
      return { generation, waitMs: grant.waitMs }
    }, call)
  }

  reserve(input: Input<'reserve'>, call: Call): Promise<ReservedPermit> {
    return this.#database.transact(async (tx) => {
      const row = await lockShard(tx, input.shardId)
      requireClaim(row, input)
      await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtext('guildmesh.identify'))`)
      const claim = reservationClaim(row, input)
      await settleReservations(tx, claim)
      const known = (await ownReservation(tx, claim)) ?? (await takeOverReturned(tx, claim))
      if (known !== null) return { generation: known }
      const spending = await readSpending(tx, { shardId: input.shardId, maxConcurrency: 1 })
      const grant = grantReservation({ ...spending, limit: this.#identifyLimit })
      if (grant.kind !== 'granted') throw new MeshError(grant)
      const generation = await insertReservation(tx, claim)
      this.#logger.info({ ...nameOf(claim), generation }, 'session permit reserved')
      return { generation }
    }, call)
  }
}

function reservationClaim(
  row: LeaseRow,
  { gatewayId, shardId, epoch, usedGeneration }: Input<'reserve'>,
): ReservationClaim {
  // What the stored session says counts too: an earlier holder may have told of it and gone.
  return { gatewayId, shardId, epoch, usedGeneration: Math.max(usedGeneration, row.generation ?? 0) }
}

function nameOf({ gatewayId, shardId }: ReservationClaim) {
  return { gatewayId, shardId }
}

/**
 * A permit of the shard whose place still lies ahead has not been used, and whoever had it cannot use it any more:
 * the caller has the lease. Its place goes to the caller, so that handing shards over while a mesh starts neither
 * spends the budget nor puts the shard at the end of the queue again.
 */
async function takeOverUnusedPermit(tx: Queries, input: Input<'permit'>): Promise<SessionPermit | null> {
  const [taken] = await tx
    .update(identifies)
    .set({ generation: sql`nextval('session_generations')`, holder: input.gatewayId })
    .where(and(eq(identifies.shardId, input.shardId), sql`${identifies.slotAt} > clock_timestamp()`))
    .returning({
      generation: identifies.generation,
      waitMs: sql<number>`ceil(extract(epoch FROM ${identifies.slotAt} - clock_timestamp()) * 1000)::integer`,
    })
  return taken ? { generation: taken.generation, waitMs: Math.max(0, taken.waitMs) } : null
}

const Spending = z.object({
  now: z.coerce.number(),
  spent: z.int(),
  oldest: z.coerce.number().nullable(),
  latest_of_key: z.coerce.number().nullable(),
})

async function readSpending(
  tx: Queries,
  { shardId, maxConcurrency }: { shardId: number; maxConcurrency: number },
) {
  const { rows } = await tx.execute(sql`
    WITH clock AS (SELECT clock_timestamp() AS at)
    SELECT epoch_ms(max(clock.at)) AS now, count(i.generation)::integer AS spent,
      epoch_ms(min(i.slot_at)) AS oldest,
      epoch_ms(max(i.slot_at) FILTER (
        WHERE i.shard_id % ${maxConcurrency} = ${shardId % maxConcurrency}
          AND i.slot_at > clock.at - ${identifySpacingMs} * interval '1 millisecond'
      )) AS latest_of_key
    FROM clock LEFT JOIN identifies i
      ON i.slot_at > clock.at - ${budgetWindowMs} * interval '1 millisecond' OR i.slot_at IS NULL`)
  const row = Spending.parse(rows[0])
  return { now: row.now, spent: row.spent, oldestAt: row.oldest, latestOfKeyAt: row.latest_of_key }
}
