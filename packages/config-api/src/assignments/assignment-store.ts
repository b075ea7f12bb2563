import {
  type Assignment,
  type AssignmentPage,
  type AssignmentPort,
  type Call,
  type GuildId,
  MeshError,
  type WatchEvent,
} from '@guildmesh/contracts'
import type { Logger } from '@guildmesh/runtime'
import { placeGuild } from '@guildmesh/placement'
import { and, asc, eq, gt, sql } from 'drizzle-orm'
import type { Database, Queries } from '../database/database.ts'
import { assignments, gateways } from '../database/schema.ts'
import { assignmentOf } from './assignment-row.ts'
import type { ChangeFeed } from './change-feed.ts'

type Input<M extends keyof AssignmentPort> = Parameters<AssignmentPort[M]>[0]

/** Which gateway owns which guild. Reading never assigns (T5); assigning gives one owner under any concurrency (T1). */
export class AssignmentStore implements AssignmentPort {
  readonly #database: Database
  readonly #feed: ChangeFeed
  readonly #logger: Logger

  constructor(parts: { database: Database; feed: ChangeFeed; logger: Logger }) {
    this.#database = parts.database
    this.#feed = parts.feed
    this.#logger = parts.logger
  }

  async lookup({ guildId }: Input<'lookup'>, call: Call): Promise<Assignment> {
    const found = await this.#database.run((queries) => find(queries, guildId), call)
    if (!found) throw new MeshError({ kind: 'NotAssigned', guildId })
    return found
  }

  async ensure({ guildId }: Input<'ensure'>, call: Call): Promise<Assignment> {
    const known = await this.#database.run((queries) => find(queries, guildId), call)
    return known ?? this.#database.transact((tx) => this.#assign(tx, guildId), call)
  }

  async #assign(tx: Queries, guildId: GuildId): Promise<Assignment> {
    // One placement at a time, so that each sees the counts that the ones before it left.
    await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtext('guildmesh.placement'))`)
    const known = await find(tx, guildId)
    if (known) return known
    const placement = placeGuild(
      await tx
        .select({
          gatewayId: gateways.gatewayId,
          status: gateways.status,
          capacity: gateways.capacity,
          guildCount: gateways.guildCount,
        })
        .from(gateways)
        .where(eq(gateways.status, 'active')),
    )
    if (placement.kind === 'NoGatewayAvailable') throw new MeshError(placement)
    const [assigned] = await tx
      .insert(assignments)
      .values({ guildId, gatewayId: placement.gatewayId, epoch: 1, cause: placement.reason })
      .onConflictDoNothing()
      .returning()
    const owner = assigned ? assignmentOf(assigned) : await find(tx, guildId)
    if (!owner) throw new Error(`guild ${guildId} has no owner after it was assigned`)
    this.#logger.info({ guildId, gatewayId: owner.gatewayId, reason: placement.reason }, 'guild assigned')
    return owner
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
