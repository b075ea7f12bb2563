import type { Metrics } from '@guildmesh/runtime'
import { restLimits } from '@guildmesh/placement'
import { sql } from 'drizzle-orm'
import { z } from 'zod'
import { backgroundLimits, type Database } from './database/database.ts'

export const sampleEveryMs = 5000

const Sample = z.object({
  gateways: z.array(
    z.object({
      gateway: z.string(),
      active: z.boolean(),
      guilds: z.int(),
      lease_age_s: z.number(),
      requests: z.int(),
      invalid: z.int(),
    }),
  ),
  identifies: z.int(),
  open_moves: z.int(),
  oldest_open_move_s: z.number(),
  unheld_shards: z.int(),
})

/**
 * Samples what the database knows of the mesh into gauges, for the alerts: gateways that are silent or hold too much,
 * stuck moves, shards without a holder, the budget of sessions. Every replica shows the same figures.
 */
export class MeshMetrics {
  readonly #database: Database
  readonly #identifyLimit: number
  readonly #active
  readonly #guilds
  readonly #leaseAge
  readonly #restQuota
  readonly #budget
  readonly #openMoves
  readonly #oldestMove
  readonly #unheldShards

  constructor(parts: { database: Database; metrics: Metrics; identifyLimit: number }) {
    const { metrics } = parts
    this.#database = parts.database
    this.#identifyLimit = parts.identifyLimit
    this.#active = metrics.gauge('gateway_active', '1 if the gateway takes new guilds', ['gateway'])
    this.#guilds = metrics.gauge('gateway_guilds', 'Guilds assigned to the gateway', ['gateway'])
    this.#leaseAge = metrics.gauge(
      'gateway_lease_age_seconds',
      "Time since the gateway's lease was renewed, by the database's clock",
      ['gateway'],
    )
    this.#restQuota = metrics.gauge(
      'rest_quota',
      "Part of Discord's bot-wide limit that counts as the gateway's own; 1 is all of it",
      ['gateway', 'limit'],
    )
    this.#budget = metrics.gauge(
      'identify_budget_remaining',
      'Discord sessions that may still be started in these 24 hours',
    )
    this.#openMoves = metrics.gauge('moves_open', 'Moves that have not ended')
    this.#oldestMove = metrics.gauge('move_oldest_open_seconds', 'Age of the oldest open move; 0 without one')
    this.#unheldShards = metrics.gauge('shards_unheld', 'Discord shards that no gateway holds')
  }

  async sample(signal: AbortSignal): Promise<void> {
    const { rows } = await this.#database.run(
      (queries) =>
        queries.execute(sql`
          SELECT
            coalesce((SELECT jsonb_agg(jsonb_build_object(
              'gateway', gateway_id, 'active', status = 'active', 'guilds', guild_count,
              'lease_age_s', extract(epoch FROM clock_timestamp() - last_heartbeat_at),
              'requests', requests_quota, 'invalid', invalid_quota)) FROM gateways), '[]') AS gateways,
            (SELECT count(*)::integer FROM identifies
              WHERE slot_at > clock_timestamp() - interval '24 hours' OR slot_at IS NULL) AS identifies,
            count(m.move_id)::integer AS open_moves,
            coalesce(extract(epoch FROM clock_timestamp() - min(m.started_at)), 0)::float8 AS oldest_open_move_s,
            (SELECT count(*)::integer FROM shard_leases WHERE holder IS NULL) AS unheld_shards
          FROM moves m WHERE m.ended_at IS NULL`),
      backgroundLimits(signal),
    )
    const sample = Sample.parse(rows[0])
    for (const { gateway, active, guilds, lease_age_s, requests, invalid } of sample.gateways) {
      this.#active.set({ gateway }, active ? 1 : 0)
      this.#guilds.set({ gateway }, guilds)
      this.#leaseAge.set({ gateway }, lease_age_s)
      this.#restQuota.set({ gateway, limit: 'requests' }, requests / restLimits.requests.whole)
      this.#restQuota.set({ gateway, limit: 'invalid' }, invalid / restLimits.invalid.whole)
    }
    this.#budget.set(Math.max(0, this.#identifyLimit - sample.identifies))
    this.#openMoves.set(sample.open_moves)
    this.#oldestMove.set(sample.oldest_open_move_s)
    this.#unheldShards.set(sample.unheld_shards)
  }
}
