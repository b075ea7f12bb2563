import { GatewayAddress, GuildId, IdempotencyKey } from '@guildmesh/contracts'
import { z } from 'zod'

/** Shapes of the REST routes, with the words that operators know: a gateway is a pod. */

/** A pod's number as it stands in a path or query. */
const PodIdText = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,3})$/, 'must be the number of a pod, 0 to 9999')
  .transform(Number)
const PodId = z.int().min(0).max(9999)
const PodName = z.string()
const Instant = z.iso.datetime()

export const GuildPath = z.object({ guildId: GuildId })
export const PodPath = z.object({ podId: PodIdText })

export const PodAssignment = z.object({ pod_id: PodId, pod_name: PodName })

export const GuildAssignmentsQuery = z.object({
  pod_id: PodIdText.optional(),
  after: GuildId.optional(),
  limit: z
    .string()
    .regex(/^[0-9]{1,4}$/, 'must be a number from 1 to 1000')
    .transform(Number)
    .pipe(z.int().min(1).max(1000))
    .default(200),
})
export const GuildAssignments = z.array(
  z.object({
    guild_id: z.string(),
    pod_id: PodId,
    assigned_at: Instant,
    /** When the pod's lease was last renewed. */
    last_seen: Instant.nullable(),
  }),
)

const RestIncarnation = z.object({ registration: z.int().min(1), restart: z.int().min(0) })

export const RegisterBody = z.strictObject({
  pod_id: PodId,
  pod_name: PodName.optional(),
  capacity: z.int().min(1).max(100_000).default(1000),
  /** Where the pod's mesh server listens; by default its name in the service `gateway-internal`. */
  address: GatewayAddress.optional(),
  region: z.string().min(1).max(64).default('default'),
  version: z.string().min(1).max(64).default('unknown'),
  previous: RestIncarnation.nullable().default(null),
})
export const Registered = z.object({
  success: z.literal(true),
  status: z.enum(['active', 'draining', 'offline']),
  incarnation: RestIncarnation,
  lease_ttl_ms: z.int(),
  renew_every_ms: z.int(),
})

export const HeartbeatBody = z.strictObject({
  incarnation: RestIncarnation,
  guild_count: z.int().min(0).default(0),
  events_per_second: z.number().min(0).default(0),
  database_bytes: z.int().min(0).default(0),
  rss_bytes: z.int().min(0).default(0),
})
export const Renewed = Registered.omit({ incarnation: true })

export const PodHealth = z.array(
  z.object({
    pod_id: PodId,
    pod_name: PodName,
    /** A cordoned pod takes no new guilds, so it shows as draining here. */
    status: z.enum(['active', 'draining', 'offline']),
    guild_count: z.int().min(0),
    capacity: z.int().min(1),
    last_heartbeat: Instant,
  }),
)

export const ReassignBody = z.strictObject({
  target_pod_id: PodId,
  reason: z.string().min(1).max(500).default('reassigned over REST'),
  /** Repeating a request with the same key gives the same move. */
  idempotency_key: IdempotencyKey.optional(),
})
export const ReassignGuildBody = ReassignBody.extend({ guild_id: GuildId })
export const Reassigned = z.object({
  success: z.literal(true),
  move_id: z.uuid(),
  state: z.string(),
})

export const Healthy = z.object({ status: z.literal('ok') })
