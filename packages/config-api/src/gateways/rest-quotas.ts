import type { Call, GatewayStatus, HeartbeatInput, RestGrant, RestReport } from '@guildmesh/contracts'
import { decideQuota, type QuotaDecision, quotaTtlMs, type RestLimit, restLimits } from '@guildmesh/placement'
import { and, eq, lte, ne, sql } from 'drizzle-orm'
import type { z } from 'zod'
import type { Database, Queries } from '../database/database.ts'
import { formerRestQuotas, gateways } from '../database/schema.ts'
import type { GatewayRow } from './gateway-row.ts'
import { hasExpired, holdersOf, type QuotaRow, readQuotaRows, takeBack } from './rest-quota-rows.ts'

type ReportingHeartbeat = z.output<typeof HeartbeatInput> & { readonly rest: RestReport }

export interface RenewalWithQuotas {
  readonly status: GatewayStatus
  readonly rest: RestGrant
}

/** `alone`: it is to be decided under the lock. `refused`: nothing is granted by this heartbeat. */
type Attempt =
  | { readonly kind: 'renewed'; readonly renewal: RenewalWithQuotas }
  | { readonly kind: 'alone' | 'refused' }

/** What a row says of limits if no process of its registration has reported. */
export const noRestQuota = {
  restProcess: null,
  restBeat: 0,
  requestsDemand: 0,
  requestsQuota: 0,
  requestsGuaranteed: 0,
  invalidDemand: 0,
  invalidQuota: 0,
  invalidGuaranteed: 0,
}

/**
 * Leases quotas of Discord's bot-wide limits with the heartbeats (ADR 10). The quotas that count stay within the
 * limits, over all rows: only who holds the advisory lock raises one, from what is free. A heartbeat that takes
 * nothing is a read and a compare-and-set of its own row, without the lock.
 */
export class RestQuotas {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Renews the gateway's lease and its quotas; `null` if this heartbeat is granted none. @throws MeshError Unavailable */
  async renew(heartbeat: ReportingHeartbeat, call: Call): Promise<RenewalWithQuotas | null> {
    const quick = await this.#database.run((queries) => attempt(queries, heartbeat, false), call)
    if (quick.kind === 'renewed') return quick.renewal
    if (quick.kind === 'refused') return null
    return this.#database.transact(async (tx) => {
      await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtext('guildmesh.rest-quotas'))`)
      await takeBack(tx)
      const outcome = await attempt(tx, heartbeat, true)
      return outcome.kind === 'renewed' ? outcome.renewal : null
    }, call)
  }
}

/** Counts what a process holds that may not have ended, now that another begins. */
export async function setAside(
  queries: Queries,
  former: Pick<
    GatewayRow,
    | 'gatewayId'
    | 'restProcess'
    | 'requestsQuota'
    | 'requestsGuaranteed'
    | 'invalidQuota'
    | 'invalidGuaranteed'
  > & { readonly lastHeartbeatAt: Date | null },
): Promise<void> {
  const { gatewayId, restProcess, lastHeartbeatAt } = former
  if (restProcess === null) return
  const { requestsQuota, requestsGuaranteed, invalidQuota, invalidGuaranteed } = former
  const held = { requestsQuota, requestsGuaranteed, invalidQuota, invalidGuaranteed }
  const heardAt = lastHeartbeatAt ?? sql`clock_timestamp()`
  await queries
    .insert(formerRestQuotas)
    .values({ restProcess, gatewayId, heardAt, ...held })
    .onConflictDoUpdate({ target: formerRestQuotas.restProcess, set: { heardAt, ...held } })
}

async function attempt(queries: Queries, heartbeat: ReportingHeartbeat, alone: boolean): Promise<Attempt> {
  const { gatewayId, rest } = heartbeat
  const rows = await readQuotaRows(queries)
  const written = rows.find((row) => row.present && row.gatewayId === gatewayId)
  if (!written || isOvertaken(heartbeat, written)) return { kind: 'refused' }
  const goesOn = written.processId === rest.processId
  if (!alone && (!goesOn || hasExpired(written))) return { kind: 'alone' }

  // The volume showed that the process before this one has ended; what it did still counts with Discord for a while.
  const ended = goesOn || written.processId === null ? null : { ...written, present: false, ...noGuaranteed }
  const own = { ...written, processId: rest.processId, unheardMs: 0, ...(goesOn ? {} : noQuotas) }
  const others = rows.filter((row) => row !== written)
  const everybody = [...others, own, ...(ended ? [ended] : [])]
  const decide = (limit: RestLimit) =>
    decideQuota(
      gatewayId,
      reportOf(rest, limit, goesOn ? written : null),
      holdersOf(everybody, limit, alone),
      restLimits[limit],
    )
  const decided = { requests: decide('requests'), invalid: decide('invalid') }
  if (!alone && (decided.requests.raised || decided.invalid.raised)) return { kind: 'alone' }

  const status = await write(queries, heartbeat, written, decided)
  if (status === null) return { kind: alone ? 'refused' : 'alone' }
  if (ended) await setAside(queries, { ...ended, restProcess: ended.processId, lastHeartbeatAt: null })
  const { requests, invalid } = decided
  const grant = { quotaTtlMs, requests: requests.granted, invalid: invalid.granted }
  return { kind: 'renewed', renewal: { status, rest: grant } }
}

/** Whether the heartbeat is of a former incarnation, of a fenced one, or older than one that was heard. */
function isOvertaken({ incarnation, rest }: ReportingHeartbeat, written: QuotaRow): boolean {
  if (written.registration !== incarnation.registration) return true
  if (written.restart > incarnation.restart || written.status === 'offline') return true
  return written.processId === rest.processId && rest.beat < written.beat
}

/**
 * Renews the lease and writes what counts from now on, if the row is still as it was read: no other heartbeat came
 * between, and nothing was taken back.
 * @returns the gateway's status; `null` if the row has changed
 */
async function write(
  queries: Queries,
  { gatewayId, incarnation, load, rest }: ReportingHeartbeat,
  read: QuotaRow,
  { requests, invalid }: Readonly<Record<RestLimit, QuotaDecision>>,
): Promise<GatewayStatus | null> {
  const [renewed] = await queries
    .update(gateways)
    .set({
      renewSeq: sql`${gateways.renewSeq} + 1`,
      lastHeartbeatAt: sql`clock_timestamp()`,
      restart: incarnation.restart,
      load,
      restProcess: rest.processId,
      restBeat: rest.beat,
      requestsDemand: rest.requests.demand,
      requestsQuota: requests.counted.quota,
      requestsGuaranteed: requests.counted.guaranteed,
      invalidDemand: rest.invalid.demand,
      invalidQuota: invalid.counted.quota,
      invalidGuaranteed: invalid.counted.guaranteed,
    })
    .where(
      and(
        eq(gateways.gatewayId, gatewayId),
        eq(gateways.registration, incarnation.registration),
        lte(gateways.restart, incarnation.restart),
        ne(gateways.status, 'offline'),
        eq(gateways.renewSeq, read.renewSeq),
        eq(gateways.requestsQuota, read.requestsQuota),
        eq(gateways.requestsGuaranteed, read.requestsGuaranteed),
        eq(gateways.invalidQuota, read.invalidQuota),
        eq(gateways.invalidGuaranteed, read.invalidGuaranteed),
      ),
    )
    .returning({ status: gateways.status })
  return renewed?.status ?? null
}

const noGuaranteed = { requestsGuaranteed: 0, invalidGuaranteed: 0 }
const noQuotas = { requestsQuota: 0, invalidQuota: 0, ...noGuaranteed }

/** What the gateway reports; if this heartbeat was heard before, also what it may have been answered then. */
function reportOf(rest: RestReport, limit: RestLimit, written: QuotaRow | null) {
  const { demand, holds, guaranteed } = rest[limit]
  if (written?.beat !== rest.beat) return rest[limit]
  return {
    demand,
    holds: Math.max(holds, written[`${limit}Quota`]),
    guaranteed: Math.max(guaranteed, written[`${limit}Guaranteed`]),
  }
}
