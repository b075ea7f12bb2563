import { GatewayId, GatewayStatus } from '@guildmesh/contracts'
import {
  type QuotaHolder,
  quotaForgottenMs,
  type RestLimit,
  restLimits,
  unaskedFraction,
} from '@guildmesh/placement'
import { sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Queries } from '../database/database.ts'

/** What counts as somebody's own of Discord's bot-wide limits. */
const QuotaRow = z.object({
  gatewayId: GatewayId,
  /** Whether it is the gateway's row, and not that of a former process. */
  present: z.boolean(),
  status: GatewayStatus,
  registration: z.number(),
  restart: z.number(),
  renewSeq: z.number(),
  guilds: z.number(),
  /** `null`: no process of this registration has reported. */
  processId: z.string().nullable(),
  beat: z.number(),
  /** Since its last heartbeat, by the database's clock. */
  unheardMs: z.number(),
  requestsDemand: z.number(),
  requestsQuota: z.number(),
  requestsGuaranteed: z.number(),
  invalidDemand: z.number(),
  invalidQuota: z.number(),
  invalidGuaranteed: z.number(),
})
export type QuotaRow = z.infer<typeof QuotaRow>

/** Everybody who may hold a quota, in one statement: a process that is set aside meanwhile must not be missed. */
export async function readQuotaRows(queries: Queries): Promise<QuotaRow[]> {
  const { rows } = await queries.execute(sql`
    SELECT gateway_id AS "gatewayId", true AS present, status, registration::float8, restart,
      renew_seq::float8 AS "renewSeq", guild_count AS guilds, rest_process AS "processId", rest_beat::float8 AS beat,
      (extract(epoch FROM clock_timestamp() - last_heartbeat_at) * 1000)::float8 AS "unheardMs",
      requests_demand AS "requestsDemand", requests_quota AS "requestsQuota",
      requests_guaranteed AS "requestsGuaranteed", invalid_demand AS "invalidDemand", invalid_quota AS "invalidQuota",
      invalid_guaranteed AS "invalidGuaranteed"
    FROM gateways
    UNION ALL
    SELECT gateway_id, false, 'offline', 0, 0, 0, 0, rest_process, 0,
      (extract(epoch FROM clock_timestamp() - heard_at) * 1000)::float8,
      0, requests_quota, requests_guaranteed, 0, invalid_quota, invalid_guaranteed
    FROM former_rest_quotas`)
  return z.array(QuotaRow).parse(rows)
}

/** Whether a part of what the row says has expired by the clock. */
export function hasExpired(row: QuotaRow): boolean {
  return (['requests', 'invalid'] as const).some((limit) => unexpired(row, limit) < quotaIn(row, limit))
}

/**
 * The rows as holders of one limit.
 * @param asWritten whether gateways' rows count as they are written, because what expired has been taken back; else
 *   as the clock says. Former processes always count by the clock: nothing renews them.
 */
export function holdersOf(rows: readonly QuotaRow[], limit: RestLimit, asWritten: boolean): QuotaHolder[] {
  const live = rows.filter(({ present, status }) => present && status !== 'offline')
  const calling = live.map(({ gatewayId, guilds }) => ({ gatewayId, guilds }))
  return rows.map((row) => {
    const { gatewayId, present, processId } = row
    // A silent gateway asks for nothing, also before it is found to be offline.
    const takesPart = live.includes(row) && row.unheardMs <= restLimits.requests.countedMs
    const guaranteed = row[`${limit}Guaranteed`]
    if (processId === null) {
      const unasked = Math.ceil(unaskedFraction(gatewayId, calling) * restLimits[limit].whole)
      const quota = row.unheardMs > quotaForgottenMs ? 0 : unasked
      return { gatewayId, takesPart, demand: null, quota, guaranteed: quota }
    }
    const quota = asWritten && present ? quotaIn(row, limit) : unexpired(row, limit)
    return { gatewayId, takesPart, demand: row[`${limit}Demand`], quota, guaranteed }
  })
}

/** Whether nothing was heard of a gateway for so long, milliseconds, as SQL. */
const unheard = (ms: number) =>
  sql`(last_heartbeat_at < clock_timestamp() - ${ms} * interval '1 millisecond')`

/** Takes back what has expired. Rows that are just being written are left alone: their gateway has been heard. */
export async function takeBack(queries: Queries): Promise<void> {
  const forgotten = unheard(quotaForgottenMs)
  const requests = unheard(restLimits.requests.countedMs)
  const invalid = unheard(restLimits.invalid.countedMs)
  await queries.execute(sql`
    UPDATE gateways SET
      requests_quota = CASE
        WHEN ${forgotten} THEN 0 WHEN ${requests} THEN requests_guaranteed ELSE requests_quota END,
      invalid_quota = CASE
        WHEN ${forgotten} THEN 0 WHEN ${invalid} THEN invalid_guaranteed ELSE invalid_quota END,
      requests_guaranteed = CASE WHEN ${forgotten} THEN 0 ELSE requests_guaranteed END,
      invalid_guaranteed = CASE WHEN ${forgotten} THEN 0 ELSE invalid_guaranteed END
    WHERE gateway_id IN (
      SELECT gateway_id FROM gateways
      WHERE (requests_quota > requests_guaranteed AND ${requests})
        OR (invalid_quota > invalid_guaranteed AND ${invalid})
        OR (requests_quota + invalid_quota > 0 AND ${forgotten})
      FOR UPDATE SKIP LOCKED)`)
}

function quotaIn(row: QuotaRow, limit: RestLimit): number {
  return row[`${limit}Quota`]
}

function unexpired(row: QuotaRow, limit: RestLimit): number {
  if (row.unheardMs > quotaForgottenMs) return 0
  return row.unheardMs > restLimits[limit].countedMs ? row[`${limit}Guaranteed`] : quotaIn(row, limit)
}
