import { randomUUID } from 'node:crypto'
import { type Call, type GatewayId, MeshError, type Move, type MovePort } from '@guildmesh/contracts'
import { and, desc, eq, isNull, sql } from 'drizzle-orm'
import { actorOfCall } from '../audit/actor.ts'
import type { AuditLog } from '../audit/audit-log.ts'
import type { Database, Queries } from '../database/database.ts'
import { assignments, gateways, moves } from '../database/schema.ts'
import type { MoveDriver } from './move-driver.ts'
import { moveOf, type MoveRow } from './move-row.ts'

type Input<M extends keyof MovePort> = Parameters<MovePort[M]>[0]

/** Moves guilds by hand. A move is stored before anything happens, so that it is never forgotten (T3). */
export class GuildMoves implements MovePort {
  readonly #database: Database
  readonly #driver: MoveDriver
  readonly #audit: AuditLog

  constructor(parts: { database: Database; driver: MoveDriver; audit: AuditLog }) {
    this.#database = parts.database
    this.#driver = parts.driver
    this.#audit = parts.audit
  }

  async start(input: Input<'start'>, call: Call): Promise<Move> {
    const requestedBy = actorOfCall(call, input.actor)
    const moveId = randomUUID()
    const entry = this.#audit.prepare({
      actor: requestedBy,
      action: 'guild.move',
      subject: `guild ${input.guildId} to ${input.target}`,
      reason: input.reason,
    })
    const opened = await this.#database.transact(async (tx) => {
      const row = await this.#open(tx, { ...input, moveId, requestedBy })
      if (row.moveId === moveId) await entry.appendIn(tx)
      return row
    }, call)
    const ended = await this.#driver.drive(opened, call)
    if (ended.state === 'aborted' && ended.failure) throw new MeshError(ended.failure)
    return moveOf(ended)
  }

  async #open(
    tx: Queries,
    input: Input<'start'> & { moveId: string; requestedBy: string },
  ): Promise<MoveRow> {
    const { guildId, target } = input
    // The assignment's lock makes two starts for one guild take turns. The gateways are read in statements of their own:
    // a statement that waits for the lock continues with the row's new gateway, which a join would not have read.
    const [assignment] = await tx
      .select()
      .from(assignments)
      .where(eq(assignments.guildId, guildId))
      .for('update')
    if (!assignment) throw new MeshError({ kind: 'NotAssigned', guildId })
    const known = await findByKey(tx, input.idempotencyKey)
    if (known) return sameMove(known, input)
    const [open] = await tx
      .select()
      .from(moves)
      .where(and(eq(moves.guildId, guildId), isNull(moves.endedAt)))
    if (open) {
      throw new MeshError({ kind: 'MoveConflict', guildId, moveId: open.moveId, state: open.state })
    }
    const { gatewayId: source, epoch } = assignment
    if (source === target) {
      const issue = { path: 'target', message: `${target} owns guild ${guildId} already` }
      throw new MeshError({ kind: 'InvalidInput', issues: [issue] })
    }
    await requireReachable(tx, source)
    await requireRoom(tx, target)
    const { deadlineMs, stepMs } = this.#driver.timing
    const [row] = await tx
      .insert(moves)
      .values({
        moveId: input.moveId,
        guildId,
        source,
        target,
        fromEpoch: epoch,
        // A guild without data has nothing to copy: its move begins where copying ends.
        state: 'freezing',
        reason: input.reason,
        requestedBy: input.requestedBy,
        idempotencyKey: input.idempotencyKey,
        deadlineAt: sql`clock_timestamp() + ${deadlineMs} * interval '1 millisecond'`,
        nextStepAt: sql`clock_timestamp() + ${stepMs} * interval '1 millisecond'`,
      })
      // Only a move of another guild can have taken the key since it was looked for.
      .onConflictDoNothing({ target: moves.idempotencyKey })
      .returning()
    const opened = row ?? (await findByKey(tx, input.idempotencyKey))
    if (!opened) throw new Error('an insert of a move gave no row')
    return sameMove(opened, input)
  }

  async get({ moveId }: Input<'get'>, call: Call): Promise<Move> {
    const [row] = await this.#database.run(
      (queries) => queries.select().from(moves).where(eq(moves.moveId, moveId)),
      call,
    )
    if (!row) throw new MeshError({ kind: 'NotFound', what: 'move', id: moveId })
    return moveOf(row)
  }

  list({ guildId, openOnly, limit }: Input<'list'>, call: Call): Promise<{ moves: Move[] }> {
    return this.#database.run(async (queries) => {
      const rows = await queries
        .select()
        .from(moves)
        .where(
          and(
            guildId === undefined ? undefined : eq(moves.guildId, guildId),
            openOnly ? isNull(moves.endedAt) : undefined,
          ),
        )
        .orderBy(desc(moves.startedAt))
        .limit(limit)
      return { moves: rows.map(moveOf) }
    }, call)
  }
}

async function findByKey(tx: Queries, idempotencyKey: string): Promise<MoveRow | null> {
  const [row] = await tx.select().from(moves).where(eq(moves.idempotencyKey, idempotencyKey))
  return row ?? null
}

/** The move that a key was used for, if it is this one. @throws MeshError InvalidInput */
function sameMove(known: MoveRow, { guildId, target }: Input<'start'>): MoveRow {
  if (known.guildId === guildId && known.target === target) return known
  const issue = { path: 'idempotencyKey', message: `was used for another move (${known.moveId})` }
  throw new MeshError({ kind: 'InvalidInput', issues: [issue] })
}

/** Only a source that runs can give a guild away. @throws MeshError GatewayNotActive */
async function requireReachable(tx: Queries, gatewayId: GatewayId): Promise<void> {
  const { status } = await findGateway(tx, gatewayId)
  if (status === 'offline') throw new MeshError({ kind: 'GatewayNotActive', gatewayId, status })
}

/**
 * Capacity is hard for moves by hand: nobody should overfill a gateway without noticing.
 * @throws MeshError GatewayNotActive, GatewayFull
 */
async function requireRoom(tx: Queries, gatewayId: GatewayId): Promise<void> {
  const { status, guildCount, capacity } = await findGateway(tx, gatewayId)
  if (status !== 'active') throw new MeshError({ kind: 'GatewayNotActive', gatewayId, status })
  if (guildCount >= capacity) throw new MeshError({ kind: 'GatewayFull', gatewayId, guildCount, capacity })
}

/** @throws MeshError NotFound */
async function findGateway(tx: Queries, gatewayId: GatewayId): Promise<typeof gateways.$inferSelect> {
  const [row] = await tx.select().from(gateways).where(eq(gateways.gatewayId, gatewayId))
  if (!row) throw new MeshError({ kind: 'NotFound', what: 'gateway', id: gatewayId })
  return row
}
