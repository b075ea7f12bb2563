import {
  type Call,
  type Gateway,
  type GatewayId,
  type GatewayRegistryPort,
  type GatewayStatus,
  type HeartbeatReply,
  type Incarnation,
  MeshError,
  type Registration,
} from '@guildmesh/contracts'
import { leaseTiming } from '@guildmesh/placement'
import type { Logger } from '@guildmesh/runtime'
import { and, eq, gt, lte, ne, sql } from 'drizzle-orm'
import type { AuditLog } from '../audit/audit-log.ts'
import { actorOfCall } from '../audit/actor.ts'
import type { Database, Queries } from '../database/database.ts'
import { gateways, shardLeases } from '../database/schema.ts'
import { gatewayOf, type GatewayRow } from './gateway-row.ts'
import { requireIncarnation } from './require-incarnation.ts'
import { noRestQuota, RestQuotas, setAside } from './rest-quotas.ts'

type Input<M extends keyof GatewayRegistryPort> = Parameters<GatewayRegistryPort[M]>[0]

export const leaseTerms = { leaseTtlMs: leaseTiming.leaseTtlMs, renewEveryMs: leaseTiming.renewEveryMs }

/** Gateways, their incarnations and their leases. Every change of status is a compare-and-set (T2). */
export class GatewayRegistry implements GatewayRegistryPort {
  readonly #database: Database
  readonly #audit: AuditLog
  readonly #restQuotas: RestQuotas
  readonly #logger: Logger

  constructor(parts: { database: Database; audit: AuditLog; logger: Logger }) {
    this.#database = parts.database
    this.#restQuotas = new RestQuotas(parts.database)
    this.#audit = parts.audit
    this.#logger = parts.logger
  }

  async register(input: Input<'register'>, call: Call): Promise<Registration> {
    const registration = await this.#database.transact((tx) => this.#register(tx, input), call)
    const { incarnation, status } = registration
    const { gatewayId, address, version } = input
    this.#logger.info(
      { event: 'gateway-registered', gatewayId, ...incarnation, status, address, version },
      'registered gateway',
    )
    return registration
  }

  async #register(tx: Queries, input: Input<'register'>): Promise<Registration> {
    const [former] = await tx
      .select()
      .from(gateways)
      .where(eq(gateways.gatewayId, input.gatewayId))
      .for('update')
    const hasEnded = former !== undefined && provesEnd(input.previous, former)
    // Without proof of its end, the former process may still call Discord with what it holds.
    if (former && !hasEnded) await setAside(tx, former)
    const stated = {
      address: input.address,
      region: input.region,
      version: input.version,
      capacity: input.capacity,
      restart: 0,
      ...(hasEnded ? {} : noRestQuota),
    }
    const [row] = await tx
      .insert(gateways)
      .values({ gatewayId: input.gatewayId, ...stated, registration: nextRegistration, status: 'active' })
      .onConflictDoUpdate({
        target: gateways.gatewayId,
        set: {
          ...stated,
          // Drawn again here, under the row's lock: two registrations at once must not end with the lower number.
          registration: nextRegistration,
          status: sql`coalesce(${gateways.statusBeforeOffline}, ${gateways.status})`,
          statusBeforeOffline: null,
          renewSeq: sql`${gateways.renewSeq} + 1`,
          lastHeartbeatAt: sql`clock_timestamp()`,
        },
      })
      .returning()
    if (!row) throw new Error('an upsert of a gateway gave no row')
    if (hasEnded) await freeShards(tx, input.gatewayId)
    return {
      incarnation: { registration: row.registration, restart: row.restart },
      status: row.status,
      lease: leaseTerms,
    }
  }

  async heartbeat(input: Input<'heartbeat'>, call: Call): Promise<HeartbeatReply> {
    const { rest } = input
    if (rest) {
      const renewed = await this.#restQuotas.renew({ ...input, rest }, call)
      if (renewed) return { ...renewed, lease: leaseTerms }
    }
    return this.#database.run((queries) => this.#renew(queries, input), call)
  }

  /** Renews the lease and no quota of Discord's limits. */
  async #renew(queries: Queries, { gatewayId, incarnation, load, rest }: Input<'heartbeat'>) {
    const [renewed] = await queries
      .update(gateways)
      .set({
        renewSeq: sql`${gateways.renewSeq} + 1`,
        lastHeartbeatAt: sql`clock_timestamp()`,
        // A gateway that restarted on its own volume counts itself on, without registering.
        restart: incarnation.restart,
        load,
        // One that does not report takes its part unasked, whatever another version held before it.
        ...(rest ? {} : noRestQuota),
      })
      .where(
        and(
          eq(gateways.gatewayId, gatewayId),
          eq(gateways.registration, incarnation.registration),
          lte(gateways.restart, incarnation.restart),
          // The lease of a fenced incarnation is not renewed: it registers again.
          ne(gateways.status, 'offline'),
        ),
      )
      .returning({ status: gateways.status })
    if (renewed) return { status: renewed.status, lease: leaseTerms }
    const row = await requireIncarnation(queries, gatewayId, incarnation)
    return { status: row.status, lease: leaseTerms }
  }

  list({ seenWithinMs }: Input<'list'>, call: Call): Promise<{ gateways: Gateway[] }> {
    return this.#database.run(async (queries) => {
      const seen =
        seenWithinMs === undefined
          ? undefined
          : gt(gateways.lastHeartbeatAt, sql`clock_timestamp() - ${seenWithinMs} * interval '1 millisecond'`)
      const rows = await queries
        .select()
        .from(gateways)
        .where(seen)
        .orderBy(sql`length(${gateways.gatewayId}), ${gateways.gatewayId}`)
      return { gateways: rows.map(gatewayOf) }
    }, call)
  }

  cordon(input: Input<'cordon'>, call: Call): Promise<Gateway> {
    return this.#transition(input, { from: 'active', to: 'cordoned', action: 'gateway.cordon' }, call)
  }

  uncordon(input: Input<'cordon'>, call: Call): Promise<Gateway> {
    return this.#transition(input, { from: 'cordoned', to: 'active', action: 'gateway.uncordon' }, call)
  }

  /** One compare-and-set of the status. A gateway that has it already is left alone, so that repeating is harmless. */
  #transition(
    { gatewayId, reason, actor }: Input<'cordon'>,
    { from, to, action }: { from: GatewayStatus; to: GatewayStatus; action: string },
    call: Call,
  ): Promise<Gateway> {
    const entry = this.#audit.prepare({
      actor: actorOfCall(call, actor),
      action,
      subject: gatewayId,
      reason,
    })
    return this.#database.transact(async (tx) => {
      const [changed] = await tx
        .update(gateways)
        .set({ status: to })
        .where(and(eq(gateways.gatewayId, gatewayId), eq(gateways.status, from)))
        .returning()
      if (changed) {
        await entry.appendIn(tx)
        return gatewayOf(changed)
      }
      const [row] = await tx.select().from(gateways).where(eq(gateways.gatewayId, gatewayId))
      if (!row) throw new MeshError({ kind: 'NotFound', what: 'gateway', id: gatewayId })
      if (row.status !== to) throw new MeshError({ kind: 'GatewayNotActive', gatewayId, status: row.status })
      return gatewayOf(row)
    }, call)
  }
}

const nextRegistration = sql<number>`nextval('gateway_registrations')`

/**
 * Whether the incarnation that the volume remembers proves that the former one has ended: a volume serves one process
 * at a time.
 */
function provesEnd(previous: Incarnation | null, former: GatewayRow): boolean {
  return previous?.registration === former.registration && previous.restart >= former.restart
}

/** Frees the shards of a former incarnation at once; its leases need not expire. */
async function freeShards(tx: Queries, gatewayId: GatewayId): Promise<void> {
  await tx
    .update(shardLeases)
    .set({ holder: null, registration: null, restart: null, lastHolder: gatewayId })
    .where(eq(shardLeases.holder, gatewayId))
}
