import { type Failure, MeshError } from '@guildmesh/contracts'
import type { Logger } from '@guildmesh/runtime'
import { and, eq, inArray, isNull, lte, sql } from 'drizzle-orm'
import { backgroundLimits, type Database, type Queries, type WorkLimits } from '../database/database.ts'
import { assignments, gateways, moves } from '../database/schema.ts'
import { attempt } from './command-outcome.ts'
import type { MoveRow } from './move-row.ts'
import type { SourceGateways } from './source-gateways.ts'

export interface MoveTiming {
  /** How long a move may stay open before it is undone. */
  readonly deadlineMs: number
  /** How long a replica has for a step before another one takes the same step. */
  readonly stepMs: number
}

const moveTiming: MoveTiming = { deadlineMs: 30_000, stepMs: 4000 }
/** How often open moves are looked for. Milliseconds. */
export const moveTurnEveryMs = 500

/**
 * Takes open moves to their end. A step is always the idempotent command of the stored state, so a crash of anybody
 * at any point heals when somebody takes it again:
 * - `freezing` without a failure: have the source fence the empty guild, then switch the owner in one transaction;
 * - `freezing` with a failure: have the source serve again, then close the move as `aborted`.
 * The failure is stored before the source is asked to serve again, and a switch requires that there is none. So no
 * replica switches a guild whose source serves again because another replica asked it to.
 */
export class MoveDriver {
  readonly #database: Database
  readonly #sources: SourceGateways
  readonly #logger: Logger
  readonly #timing: MoveTiming

  constructor(parts: { database: Database; sources: SourceGateways; logger: Logger; timing?: MoveTiming }) {
    this.#database = parts.database
    this.#sources = parts.sources
    this.#logger = parts.logger
    this.#timing = parts.timing ?? moveTiming
  }

  get timing(): MoveTiming {
    return this.#timing
  }

  /** Takes the next step of every open move on which no replica is at work. */
  async turn(signal: AbortSignal): Promise<void> {
    for (const { move, overdue } of await this.#claimDue(backgroundLimits(signal))) {
      const limits = backgroundLimits(signal, this.#timing.stepMs)
      if (overdue && move.failure === null) {
        await this.drive(
          await this.#startUndoing(
            move,
            { kind: 'DeadlineExceeded', budgetMs: this.#timing.deadlineMs },
            limits,
          ),
          limits,
        )
      } else await this.drive(move, limits)
    }
  }

  /** Takes a move as far as it goes now. @returns the move, still open if the source's answer is not known */
  async drive(move: MoveRow, limits: WorkLimits): Promise<MoveRow> {
    if (move.endedAt) return move
    return move.failure === null ? this.#release(move, limits) : this.#undo(move, limits)
  }

  async #release(move: MoveRow, limits: WorkLimits): Promise<MoveRow> {
    const outcome = await attempt(() => this.#sources.releaseEmpty(move.source, commandOf(move), limits))
    switch (outcome.kind) {
      case 'done': {
        const switched = await this.#switchOwner(move, limits)
        return this.#isUndoing(switched) ? this.#undo(switched, limits) : switched
      }
      case 'refused':
        return this.#close(move, outcome.failure, limits)
      case 'unknown':
        this.#noteSilence(move, outcome.error)
        return move
      default:
        return outcome satisfies never
    }
  }

  async #undo(move: MoveRow, limits: WorkLimits): Promise<MoveRow> {
    const outcome = await attempt(() => this.#sources.reclaim(move.source, commandOf(move), limits))
    if (outcome.kind !== 'unknown') return this.#close(move, move.failure, limits)
    this.#noteSilence(move, outcome.error)
    return move
  }

  #noteSilence({ moveId, source: gatewayId }: MoveRow, error: unknown): void {
    this.#logger.warn(
      { event: 'move-source-silent', moveId, gatewayId, err: error },
      'the source did not answer: the move stays open',
    )
  }

  #isUndoing(move: MoveRow): boolean {
    return move.endedAt === null && move.failure !== null
  }

  /** The commit point: owner, epoch and move change together, or not at all. */
  #switchOwner(move: MoveRow, limits: WorkLimits): Promise<MoveRow> {
    return this.#database.transact(async (tx) => {
      const current = await lockMove(tx, move.moveId)
      if (current.endedAt !== null || current.failure !== null) return current
      // Both counts change below; taking both rows in one order keeps moves in opposite directions from deadlock.
      const rows = await tx
        .select({ gatewayId: gateways.gatewayId, status: gateways.status })
        .from(gateways)
        .where(inArray(gateways.gatewayId, [move.source, move.target]))
        .orderBy(gateways.gatewayId)
        .for('no key update')
      const target = rows.find(({ gatewayId }) => gatewayId === move.target)
      if (target?.status !== 'active') {
        const status = target?.status ?? 'unknown'
        return update(tx, move, { failure: { kind: 'GatewayNotActive', gatewayId: move.target, status } })
      }
      const switched = await tx
        .update(assignments)
        .set({
          gatewayId: move.target,
          epoch: move.fromEpoch + 1,
          assignedAt: sql`clock_timestamp()`,
          cause: `move ${move.moveId}`,
        })
        .where(
          and(
            eq(assignments.guildId, move.guildId),
            eq(assignments.gatewayId, move.source),
            eq(assignments.epoch, move.fromEpoch),
          ),
        )
        .returning()
      if (switched.length === 0) {
        const [now] = await tx.select().from(assignments).where(eq(assignments.guildId, move.guildId))
        const failure: Failure = {
          kind: 'StaleEpoch',
          offered: move.fromEpoch,
          current: now?.epoch ?? move.fromEpoch,
        }
        return update(tx, move, { failure })
      }
      const { moveId, guildId, source, target: to } = move
      this.#logger.info(
        { event: 'guild-moved', moveId, guildId, source, target: to, epoch: move.fromEpoch + 1 },
        'moved guild',
      )
      return update(tx, move, { state: 'done', endedAt: sql`clock_timestamp()` })
    }, limits)
  }

  #startUndoing(move: MoveRow, failure: Failure, limits: WorkLimits): Promise<MoveRow> {
    return this.#database.transact(async (tx) => {
      const current = await lockMove(tx, move.moveId)
      if (current.endedAt !== null || current.failure !== null) return current
      return update(tx, move, { failure })
    }, limits)
  }

  /** Ends a move whose guild the source has not given up, or serves again. */
  #close(move: MoveRow, failure: Failure | null, limits: WorkLimits): Promise<MoveRow> {
    return this.#database.transact(async (tx) => {
      const current = await lockMove(tx, move.moveId)
      if (current.endedAt !== null) return current
      const why = current.failure ?? failure
      const { moveId, guildId } = move
      this.#logger.info({ event: 'move-aborted', moveId, guildId, failure: why }, 'aborted move')
      return update(tx, move, { state: 'aborted', failure: why, endedAt: sql`clock_timestamp()` })
    }, limits)
  }

  /** Two replicas that look at once get different moves. */
  #claimDue(limits: WorkLimits): Promise<{ move: MoveRow; overdue: boolean }[]> {
    return this.#database.transact(async (tx) => {
      const due = await tx
        .select({ moveId: moves.moveId })
        .from(moves)
        .where(and(isNull(moves.endedAt), lte(moves.nextStepAt, sql`clock_timestamp()`)))
        .orderBy(moves.nextStepAt)
        .limit(8)
        .for('update', { skipLocked: true })
      if (due.length === 0) return []
      return tx
        .update(moves)
        .set({ nextStepAt: sql`clock_timestamp() + ${this.#timing.stepMs} * interval '1 millisecond'` })
        .where(
          inArray(
            moves.moveId,
            due.map(({ moveId }) => moveId),
          ),
        )
        .returning({ move: moves, overdue: sql<boolean>`${moves.deadlineAt} <= clock_timestamp()` })
    }, limits)
  }
}

function commandOf({ guildId, fromEpoch, moveId }: MoveRow) {
  return { guildId, epoch: fromEpoch, moveId }
}

async function lockMove(tx: Queries, moveId: string): Promise<MoveRow> {
  const [row] = await tx.select().from(moves).where(eq(moves.moveId, moveId)).for('update')
  if (!row) throw new MeshError({ kind: 'NotFound', what: 'move', id: moveId })
  return row
}

async function update(
  tx: Queries,
  { moveId }: MoveRow,
  change: Parameters<ReturnType<typeof tx.update<typeof moves>>['set']>[0],
): Promise<MoveRow> {
  const [row] = await tx.update(moves).set(change).where(eq(moves.moveId, moveId)).returning()
  if (!row) throw new MeshError({ kind: 'NotFound', what: 'move', id: moveId })
  return row
}
