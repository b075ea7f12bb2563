import {
  type Assignment,
  type AssignmentPage,
  type AssignmentPort,
  type Call,
  type GuildId,
  MeshError,
  type WatchEvent,
} from '@guildmesh/contracts'
import type { Counter, Logger, Metrics } from '@guildmesh/runtime'
import { placeGuild, type Placement, type PlacementCandidate } from '@guildmesh/placement'
import { and, asc, eq, gt, inArray, sql } from 'drizzle-orm'
import { backgroundLimits, type Database, type Queries } from '../database/database.ts'
import { assignments, gateways } from '../database/schema.ts'
import { assignmentOf } from './assignment-row.ts'
import type { ChangeFeed } from './change-feed.ts'
import { describePlacement } from './describe-placement.ts'
import { type PlaceGuilds, PlacementQueue } from './placement-queue.ts'

type Input<M extends keyof AssignmentPort> = Parameters<AssignmentPort[M]>[0]

/** Which gateway owns which guild. Reading never assigns (T5); assigning gives one owner under any concurrency (T1). */
export class AssignmentStore implements AssignmentPort {
  readonly #database: Database
  readonly #feed: ChangeFeed
  readonly #logger: Logger
  readonly #placed: Counter
  readonly #signal: AbortSignal
  readonly #placements = new PlacementQueue((guildIds) => this.#place(guildIds))

  /** @param parts `signal` aborts when the service ends */
  constructor(parts: {
    database: Database
    feed: ChangeFeed
    logger: Logger
    metrics: Metrics
    signal: AbortSignal
  }) {
    this.#database = parts.database
    this.#feed = parts.feed
    this.#logger = parts.logger
    this.#placed = parts.metrics.counter(
      'guilds_placed_total',
      'Guilds that got their first gateway, by why it was chosen',
      ['reason'],
    )
    this.#signal = parts.signal
  }

  async lookup({ guildId }: Input<'lookup'>, call: Call): Promise<Assignment> {
    const found = await this.#database.run((queries) => find(queries, guildId), call)
    if (!found) throw new MeshError({ kind: 'NotAssigned', guildId })
    return found
  }

  ensure({ guildId }: Input<'ensure'>): Promise<Assignment> {
    return this.#placements.place(guildId)
  }

  async #place(guildIds: readonly GuildId[]): ReturnType<PlaceGuilds> {
    const limits = backgroundLimits(this.#signal)
    // Most guilds have an owner already, and reading them waits for no lock.
    const known = await this.#database.run((queries) => findAll(queries, guildIds), limits)
    if (guildIds.every((guildId) => known.has(guildId))) return known
    const { chosen, outcomes } = await this.#database.transact((tx) => placeHomeless(tx, guildIds), limits)
    if (chosen.length > 0) this.#note(chosen)
    return outcomes
  }

  #note(chosen: readonly ChosenGateway[]): void {
    for (const { placement } of chosen) this.#placed.inc({ reason: placement.reason })
    const placed = chosen.map(({ guildId, placement }) => [guildId, placement.gatewayId])
    this.#logger.info({ event: 'guilds-placed', placed }, 'placed guilds')
  }

  list({ gatewayId, after, limit }: Input<'list'>, call: Call): Promise<AssignmentPage> {
    return this.#database.readSnapshot(async (tx) => {
      const ofGateway = gatewayId === undefined ? undefined : eq(assignments.gatewayId, gatewayId)
      const rows = await tx
        .select({ assignment: assignments, lastSeenAt: gateways.lastHeartbeatAt })
        .from(assignments)
        .innerJoin(gateways, eq(gateways.gatewayId, assignments.gatewayId))
        .where(and(ofGateway, after === undefined ? undefined : gt(assignments.guildId, after)))
        .orderBy(asc(assignments.guildId))
        .limit(limit + 1)
      const page = rows.slice(0, limit)
      return {
        assignments: page.map(({ assignment, lastSeenAt }) => ({
          ...assignmentOf(assignment),
          lastSeenAt: lastSeenAt.getTime(),
        })),
        next: rows.length > limit ? (page.at(-1)?.assignment.guildId ?? null) : null,
        total: await tx.$count(assignments, ofGateway),
      }
    }, call)
  }

  watch({ lastEventId }: Input<'watch'>, call: Call): AsyncIterable<WatchEvent> {
    return this.#feed.follow(lastEventId ?? null, call.signal)
  }
}

async function find(queries: Queries, guildId: GuildId): Promise<Assignment | null> {
  const [row] = await queries.select().from(assignments).where(eq(assignments.guildId, guildId))
  return row ? assignmentOf(row) : null
}

async function findAll(
  queries: Queries,
  guildIds: readonly GuildId[],
): Promise<ReadonlyMap<GuildId, Assignment>> {
  const rows = await queries
    .select()
    .from(assignments)
    .where(inArray(assignments.guildId, [...guildIds]))
  return new Map(rows.map((row) => [row.guildId, assignmentOf(row)]))
}

/** Places the guilds that have no owner, and says what became of each. */
async function placeHomeless(tx: Queries, guildIds: readonly GuildId[]): Promise<PlacedGuilds> {
  // One placement at a time, so that each sees the counts that the ones before it left.
  await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtext('guildmesh.placement'))`)
  const owned = await findAll(tx, guildIds)
  const homeless = guildIds.filter((guildId) => !owned.has(guildId))
  const chosen = placeAll(homeless, await findActive(tx))
  if ('kind' in chosen) {
    const outcomes = new Map<GuildId, Assignment | MeshError>(owned)
    for (const guildId of homeless) outcomes.set(guildId, new MeshError(chosen))
    return { chosen: [], outcomes }
  }
  if (chosen.length === 0) return { chosen, outcomes: owned }
  // The first insert decides; no row is ever overwritten (T1).
  await tx
    .insert(assignments)
    .values(
      chosen.map(({ guildId, placement }) => ({
        guildId,
        gatewayId: placement.gatewayId,
        epoch: 1,
        cause: describePlacement(placement),
      })),
    )
    .onConflictDoNothing()
  return { chosen, outcomes: await findAll(tx, guildIds) }
}

/** Locked in one order, as moves lock them, because each placement changes a count. */
function findActive(queries: Queries): Promise<PlacementCandidate[]> {
  const { gatewayId, status, capacity, guildCount } = gateways
  return queries
    .select({ gatewayId, status, capacity, guildCount })
    .from(gateways)
    .where(eq(gateways.status, 'active'))
    .orderBy(asc(gatewayId))
    .for('no key update')
}

interface ChosenGateway {
  readonly guildId: GuildId
  readonly placement: Placement
}

interface PlacedGuilds {
  /** The guilds that got their first gateway just now. */
  readonly chosen: readonly ChosenGateway[]
  readonly outcomes: Awaited<ReturnType<PlaceGuilds>>
}

/** Chooses a gateway for each guild in turn, counting those chosen before it. */
function placeAll(guildIds: readonly GuildId[], active: readonly PlacementCandidate[]) {
  const counted = new Map(active.map((candidate) => [candidate.gatewayId, candidate]))
  const chosen: ChosenGateway[] = []
  for (const guildId of guildIds) {
    const placement = placeGuild([...counted.values()])
    if (placement.kind === 'NoGatewayAvailable') return placement
    const { gatewayId } = placement
    const candidate = counted.get(gatewayId)
    if (candidate) counted.set(gatewayId, { ...candidate, guildCount: candidate.guildCount + 1 })
    chosen.push({ guildId, placement })
  }
  return chosen
}
