import type { Call, GatewayStatus, HeartbeatInput, RestGrant, RestReport } from '@guildmesh/contracts'
import { decideShare, type RestLimit, restLimits, shareHoldMs } from '@guildmesh/placement'
import { and, eq, lte, ne, sql } from 'drizzle-orm'
import type { z } from 'zod'
import type { Database, Queries } from '../database/database.ts'
import { formerRestShares, gateways } from '../database/schema.ts'
import type { GatewayRow } from './gateway-row.ts'
import { hasRunOut, holdersOf, readSharesRows, type SharesRow, takeBack } from './rest-share-rows.ts'

type ReportingHeartbeat = z.output<typeof HeartbeatInput> & { readonly rest: RestReport }

export interface SharedRenewal {
  readonly status: GatewayStatus
  readonly rest: RestGrant
}

/** `alone`: it is to be decided under the lock. `refused`: nothing is granted by this heartbeat. */
type Attempt =
  | { readonly kind: 'renewed'; readonly renewal: SharedRenewal }
  | { readonly kind: 'alone' | 'refused' }

/** What a row says of limits where no process of its registration has reported. */
export const noRestShare = {
  restLife: null,
  restBeat: 0,
  requestsDemand: 0,
  requestsShare: 0,
  requestsFloor: 0,
  invalidDemand: 0,
  invalidShare: 0,
  invalidFloor: 0,
}

/**
 * Leases shares of Discord's bot-wide limits with the heartbeats (ADR 10). The shares that count stay within the
 * limits, over all rows: only who holds the advisory lock raises one, from what is free. A heartbeat that takes
 * nothing is a read and a compare-and-set of its own row, without the lock.
 */
export class RestShares {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Renews the gateway's lease and its shares; `null` where this heartbeat is granted none. @throws MeshError Unavailable */
  async renew(heartbeat: ReportingHeartbeat, call: Call): Promise<SharedRenewal | null> {
    const quick = await this.#database.run((queries) => attempt(queries, heartbeat, false), call)
    if (quick.kind === 'renewed') return quick.renewal
    if (quick.kind === 'refused') return null
    return this.#database.transact(async (tx) => {
      await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtext('guildmesh.rest-shares'))`)
      await takeBack(tx)
      const outcome = await attempt(tx, heartbeat, true)
      return outcome.kind === 'renewed' ? outcome.renewal : null
    }, call)
  }
}

/** Counts what a life holds that may not have ended, now that another begins. */
export async function setAside(
  queries: Queries,
  former: Pick<
    GatewayRow,
    'gatewayId' | 'restLife' | 'requestsShare' | 'requestsFloor' | 'invalidShare' | 'invalidFloor'
  > & { readonly lastHeartbeatAt: Date | null },
): Promise<void> {
  const { gatewayId, restLife, lastHeartbeatAt } = former
  if (restLife === null) return
  const { requestsShare, requestsFloor, invalidShare, invalidFloor } = former
  const held = { requestsShare, requestsFloor, invalidShare, invalidFloor }
  const heardAt = lastHeartbeatAt ?? sql`clock_timestamp()`
  await queries
    .insert(formerRestShares)
    .values({ restLife, gatewayId, heardAt, ...held })
    .onConflictDoUpdate({ target: formerRestShares.restLife, set: { heardAt, ...held } })
}

async function attempt(queries: Queries, heartbeat: ReportingHeartbeat, alone: boolean): Promise<Attempt> {
  const { gatewayId, incarnation, load, rest } = heartbeat
  const rows = await readSharesRows(queries)
  const written = rows.find((row) => row.present && row.gatewayId === gatewayId)
  if (!written || written.registration !== incarnation.registration) return { kind: 'refused' }
  if (written.restart > incarnation.restart || written.status === 'offline') return { kind: 'refused' }
  const goesOn = written.life === rest.life
  if (goesOn && rest.beat < written.beat) return { kind: 'refused' }
  if (!alone && (!goesOn || hasRunOut(written))) return { kind: 'alone' }

  // The volume showed that the process before this one has ended; what it did still counts with Discord for a while.
  const ended = goesOn || written.life === null ? null : { ...written, present: false, ...noFloors }
  const own = { ...written, life: rest.life, unheardMs: 0, ...(goesOn ? {} : noShares) }
  const others = rows.filter((row) => row !== written)
  const everybody = [...others, own, ...(ended ? [ended] : [])]
  const decide = (limit: RestLimit) =>
    decideShare(
      gatewayId,
      reportOf(rest, limit, goesOn ? written : null),
      holdersOf(everybody, limit, alone),
      restLimits[limit],
    )
  const requests = decide('requests')
  const invalid = decide('invalid')
  if (!alone && (requests.raised || invalid.raised)) return { kind: 'alone' }

  const [renewed] = await queries
    .update(gateways)
    .set({
      renewSeq: sql`${gateways.renewSeq} + 1`,
      lastHeartbeatAt: sql`clock_timestamp()`,
      restart: incarnation.restart,
      load,
      restLife: rest.life,
      restBeat: rest.beat,
      requestsDemand: rest.requests.demand,
      requestsShare: requests.counted.share,
      requestsFloor: requests.counted.floor,
      invalidDemand: rest.invalid.demand,
      invalidShare: invalid.counted.share,
      invalidFloor: invalid.counted.floor,
    })
    .where(
      and(
        eq(gateways.gatewayId, gatewayId),
        eq(gateways.registration, incarnation.registration),
        lte(gateways.restart, incarnation.restart),
        ne(gateways.status, 'offline'),
        // As it was read: no other heartbeat came between, and nothing was taken back.
        eq(gateways.renewSeq, written.renewSeq),
        eq(gateways.requestsShare, written.requestsShare),
        eq(gateways.requestsFloor, written.requestsFloor),
        eq(gateways.invalidShare, written.invalidShare),
        eq(gateways.invalidFloor, written.invalidFloor),
      ),
    )
    .returning({ status: gateways.status })
  if (!renewed) return { kind: alone ? 'refused' : 'alone' }
  if (ended) await setAside(queries, { ...ended, restLife: ended.life, lastHeartbeatAt: null })
  const grant = { holdMs: shareHoldMs, requests: requests.granted, invalid: invalid.granted }
  return { kind: 'renewed', renewal: { status: renewed.status, rest: grant } }
}

const noFloors = { requestsFloor: 0, invalidFloor: 0 }
const noShares = { requestsShare: 0, invalidShare: 0, ...noFloors }

/** What the gateway reports; where this heartbeat was heard before, also what it may have been answered then. */
function reportOf(rest: RestReport, limit: RestLimit, written: SharesRow | null) {
  const { demand, holds, floor } = rest[limit]
  if (written?.beat !== rest.beat) return rest[limit]
  return {
    demand,
    holds: Math.max(holds, written[`${limit}Share`]),
    floor: Math.max(floor, written[`${limit}Floor`]),
  }
}
