import {
  type Call,
  type IdentifyBudgetPort,
  MeshError,
  type ReservedPermit,
  type SessionPermit,
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

type Input<M extends keyof IdentifyBudgetPort> = Parameters<IdentifyBudgetPort[M]>[0]

/** Permits to start Discord sessions, from one budget of the whole bot (I14). */
export class SessionPermits implements IdentifyBudgetPort {
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
      const claim = await this.#lockBudget(tx, input)
      const { permit, from } = await this.#grant(tx, claim, input)
      const { gatewayId, shardId } = claim
      this.#logger.info(
        { event: 'session-permit-granted', gatewayId, shardId, ...permit, from },
        'granted session permit',
      )
      return permit
    }, call)
  }

  reserve(input: Input<'reserve'>, call: Call): Promise<ReservedPermit> {
    return this.#database.transact(async (tx) => {
      const claim = await this.#lockBudget(tx, input)
      const known = (await ownReservation(tx, claim)) ?? (await takeOverReturned(tx, claim))
      if (known !== null) return { generation: known }
      const spending = await readSpending(tx, { shardId: input.shardId, maxConcurrency: 1 })
      const grant = grantReservation({ ...spending, limit: this.#identifyLimit })
      if (grant.kind !== 'granted') throw new MeshError(grant)
      const generation = await insertReservation(tx, claim)
      const { gatewayId, shardId } = claim
      this.#logger.info(
        { event: 'session-permit-reserved', gatewayId, shardId, generation },
        'reserved session permit',
      )
      return { generation }
    }, call)
  }

  /** Takes the locks in which a shard's permits and the budget may be changed. @throws MeshError StaleEpoch */
  async #lockBudget(tx: Queries, input: Input<'reserve'>): Promise<ReservationClaim> {
    const row = await lockShard(tx, input.shardId)
    requireClaim(row, input)
    await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtext('guildmesh.identify'))`)
    const claim = reservationClaim(row, input)
    await settleReservations(tx, claim)
    return claim
  }

  async #grant(tx: Queries, claim: ReservationClaim, input: Input<'permit'>): Promise<GrantedPermit> {
    const unused = await takeOverUnusedPermit(tx, input)
    if (unused) return { permit: unused, from: 'unused' }
    const spending = { ...(await readSpending(tx, input)), limit: this.#identifyLimit }
    const reserved = (await ownReservation(tx, claim)) ?? (await takeOverReturned(tx, claim))
    if (reserved !== null) {
      const waitMs = placeOf(spending)
      await useReservation(tx, reserved, waitMs)
      return { permit: { generation: reserved, waitMs }, from: 'reserved' }
    }
    const grant = grantIdentify(spending)
    if (grant.kind !== 'granted') throw new MeshError(grant)
    const generation = await insertPermit(tx, input, grant.waitMs)
    return { permit: { generation, waitMs: grant.waitMs }, from: 'budget' }
  }
}

/** A permit, and whether it was left `unused` by the shard's former holder, `reserved`, or newly taken from the budget. */
interface GrantedPermit {
  readonly permit: SessionPermit
  readonly from: 'unused' | 'reserved' | 'budget'
}

async function insertPermit(
  tx: Queries,
  { shardId, gatewayId }: Input<'permit'>,
  waitMs: number,
): Promise<number> {
  const [identify] = await tx
    .insert(identifies)
    .values({
      generation: sql`nextval('session_generations')`,
      shardId,
      holder: gatewayId,
      slotAt: sql`clock_timestamp() + ${waitMs} * interval '1 millisecond'`,
    })
    .returning()
  if (!identify) throw new Error('an insert of an identify gave no row')
  return identify.generation
}

function reservationClaim(
  row: LeaseRow,
  { gatewayId, shardId, epoch, usedGeneration }: Input<'reserve'>,
): ReservationClaim {
  // What the stored session says counts too: an earlier holder may have reported it and gone.
  return { gatewayId, shardId, epoch, usedGeneration: Math.max(usedGeneration, row.generation ?? 0) }
}

/**
 * A permit of the shard whose place is still to come has not been used, and its former holder cannot use it any more,
 * because the caller has the lease. The caller gets its place: so handing shards over while a mesh starts neither spends
 * the budget nor puts the shard at the end of the queue again.
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
