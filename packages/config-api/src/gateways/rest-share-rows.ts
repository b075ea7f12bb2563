import { GatewayId, GatewayStatus } from '@guildmesh/contracts'
import {
  type RestLimit,
  restLimits,
  type ShareHolder,
  shareForgottenMs,
  shareRestLimits,
} from '@guildmesh/placement'
import { sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Queries } from '../database/database.ts'

/** What counts as somebody's own of Discord's bot-wide limits. */
const SharesRow = z.object({
  gatewayId: GatewayId,
  /** Whether it is the gateway's row, and not that of a former life. */
  present: z.boolean(),
  status: GatewayStatus,
  registration: z.number(),
  restart: z.number(),
  renewSeq: z.number(),
  guilds: z.number(),
  /** `null`: no process of this registration has reported. */
  life: z.string().nullable(),
  beat: z.number(),
  /** Since its last heartbeat, by the database's clock. */
  unheardMs: z.number(),
  requestsDemand: z.number(),
  requestsShare: z.number(),
  requestsFloor: z.number(),
  invalidDemand: z.number(),
  invalidShare: z.number(),
  invalidFloor: z.number(),
})
export type SharesRow = z.infer<typeof SharesRow>

/** Everybody who may hold a share, in one statement: a life that is set aside meanwhile must not be missed. */
export async function readSharesRows(queries: Queries): Promise<SharesRow[]> {
  const { rows } = await queries.execute(sql`
    SELECT gateway_id AS "gatewayId", true AS present, status, registration::float8, restart,
      renew_seq::float8 AS "renewSeq", guild_count AS guilds, rest_life AS life, rest_beat::float8 AS beat,
      (extract(epoch FROM clock_timestamp() - last_heartbeat_at) * 1000)::float8 AS "unheardMs",
      requests_demand AS "requestsDemand", requests_share AS "requestsShare", requests_floor AS "requestsFloor",
      invalid_demand AS "invalidDemand", invalid_share AS "invalidShare", invalid_floor AS "invalidFloor"
    FROM gateways
    UNION ALL
    SELECT gateway_id, false, 'offline', 0, 0, 0, 0, rest_life, 0,
      (extract(epoch FROM clock_timestamp() - heard_at) * 1000)::float8,
      0, requests_share, requests_floor, 0, invalid_share, invalid_floor
    FROM former_rest_shares`)
  return z.array(SharesRow).parse(rows)
}

/** Whether a part of what the row says has run out by the clock. */
export function hasRunOut(row: SharesRow): boolean {
  return (['requests', 'invalid'] as const).some((limit) => unexpired(row, limit) < shareIn(row, limit))
}

/**
 * The rows as holders of one limit.
 * @param asWritten whether gateways' rows count as they are written, because what ran out has been taken back; else
 *   as the clock says. Former lives always count by the clock: nothing renews them.
 */
export function holdersOf(rows: readonly SharesRow[], limit: RestLimit, asWritten: boolean): ShareHolder[] {
  const live = rows.filter(({ present, status }) => present && status !== 'offline')
  const calling = live.map(({ gatewayId, guilds }) => ({ gatewayId, guilds }))
  return rows.map((row) => {
    const { gatewayId, present, life } = row
    // Who is silent asks for nothing, also before it is found to be offline.
    const takesPart = live.includes(row) && row.unheardMs <= restLimits.requests.countedMs
    const floor = row[`${limit}Floor`]
    if (life === null) {
      const unasked = Math.ceil(shareRestLimits(gatewayId, calling) * restLimits[limit].whole)
      const share = row.unheardMs > shareForgottenMs ? 0 : unasked
      return { gatewayId, takesPart, demand: null, share, floor: share }
    }
    const share = asWritten && present ? shareIn(row, limit) : unexpired(row, limit)
    return { gatewayId, takesPart, demand: row[`${limit}Demand`], share, floor }
  })
}

/** Whether nothing was heard of a gateway for so long, milliseconds, as SQL. */
const unheard = (ms: number) =>
  sql`(last_heartbeat_at < clock_timestamp() - ${ms} * interval '1 millisecond')`

/** Takes back what ran out. Rows that are just being written are left alone: their gateway has been heard. */
export async function takeBack(queries: Queries): Promise<void> {
  const forgotten = unheard(shareForgottenMs)
  const requests = unheard(restLimits.requests.countedMs)
  const invalid = unheard(restLimits.invalid.countedMs)
  await queries.execute(sql`
    UPDATE gateways SET
      requests_share = CASE WHEN ${forgotten} THEN 0 WHEN ${requests} THEN requests_floor ELSE requests_share END,
      invalid_share = CASE WHEN ${forgotten} THEN 0 WHEN ${invalid} THEN invalid_floor ELSE invalid_share END,
      requests_floor = CASE WHEN ${forgotten} THEN 0 ELSE requests_floor END,
      invalid_floor = CASE WHEN ${forgotten} THEN 0 ELSE invalid_floor END
    WHERE gateway_id IN (
      SELECT gateway_id FROM gateways
      WHERE (requests_share > requests_floor AND ${requests})
        OR (invalid_share > invalid_floor AND ${invalid})
        OR (requests_share + invalid_share > 0 AND ${forgotten})
      FOR UPDATE SKIP LOCKED)`)
}

function shareIn(row: SharesRow, limit: RestLimit): number {
  return row[`${limit}Share`]
}

function unexpired(row: SharesRow, limit: RestLimit): number {
  if (row.unheardMs > shareForgottenMs) return 0
  return row.unheardMs > restLimits[limit].countedMs ? row[`${limit}Floor`] : shareIn(row, limit)
}
