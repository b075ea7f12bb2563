import { z } from 'zod'
import { EpochMs, GatewayId, Incarnation } from '../ids.ts'

/** `active` takes new guilds; `cordoned` none; `draining` gives its guilds away; `offline` has lost its lease. */
export const GatewayStatus = z.enum(['active', 'cordoned', 'draining', 'offline'])
export type GatewayStatus = z.infer<typeof GatewayStatus>

/** Where a gateway's mesh server listens. The registry accepts `ws:` addresses without path, user or query only. */
export const GatewayAddress = z
  .string()
  .max(200)
  .regex(/^ws:\/\/[a-z0-9.-]+:[0-9]{2,5}$/, 'must be ws://host:port')

/** A gateway as the registry knows it. */
export const Gateway = z.object({
  gatewayId: GatewayId,
  incarnation: Incarnation,
  address: GatewayAddress,
  region: z.string(),
  version: z.string(),
  status: GatewayStatus,
  /** Most guilds that it should have; soft for automatic placement. */
  capacity: z.int().min(1),
  guildCount: z.int().min(0),
  /** The database's clock at the last renewal of its lease. */
  lastHeartbeatAt: EpochMs,
})
export type Gateway = z.infer<typeof Gateway>

export const RegisterInput = z.object({
  gatewayId: GatewayId,
  address: GatewayAddress,
  region: z.string().min(1).max(64),
  version: z.string().min(1).max(64),
  capacity: z.int().min(1).max(100_000),
  /** The incarnation that the gateway's volume remembers; `null` on an empty volume. */
  previous: Incarnation.nullable(),
})

/** How long the holder of a lease may serve after *sending* a renewal, and how often it renews. Milliseconds. */
export const LeaseTerms = z.object({ leaseTtlMs: z.int().min(1), renewEveryMs: z.int().min(1) })
export type LeaseTerms = z.infer<typeof LeaseTerms>

export const Registration = z.object({
  incarnation: Incarnation,
  status: GatewayStatus,
  lease: LeaseTerms,
})
export type Registration = z.infer<typeof Registration>

const LimitUnits = z.int().min(0).max(1_000_000)

/** What a gateway reports of its part of a limit that Discord sets for the whole bot, in units of that limit. */
const LimitReport = z.object({
  /** What it could use. */
  demand: LimitUnits,
  /** The most that it may use until it hears the answer, or has used within the time over which Discord counts. */
  holds: LimitUnits,
  /** The part of that which it would keep without another word. */
  guaranteed: LimitUnits,
})

/** A quota, and the guaranteed minimum of it that the gateway keeps if it hears nothing more. */
const LimitGrant = z.object({ quota: LimitUnits, guaranteed: LimitUnits })

/** `requests`: thousandths of 50 requests a second. `invalid`: answers 401, 403 and 429 in ten minutes, of 10,000. */
export const RestReport = z.object({
  /** The gateway's process, by a random name: this report does not cover what a process before it held. */
  processId: z.string().min(1).max(64),
  /** Rises with each heartbeat of the process, which ignores the answer to any but its latest. */
  beat: z.int().min(1),
  requests: LimitReport,
  invalid: LimitReport,
})
export type RestReport = z.infer<typeof RestReport>

/** What the gateway may use until `quotaTtlMs` after it sent the heartbeat; then the guaranteed minimums. Milliseconds. */
export const RestGrant = z.object({ quotaTtlMs: z.int().min(1), requests: LimitGrant, invalid: LimitGrant })
export type RestGrant = z.infer<typeof RestGrant>

export const HeartbeatInput = z.object({
  gatewayId: GatewayId,
  incarnation: Incarnation,
  /** What the gateway reports of its load, for operators; placement counts assignments itself. */
  load: z.object({
    guilds: z.int().min(0),
    eventsPerSecond: z.number().min(0),
    databaseBytes: z.int().min(0),
    rssBytes: z.int().min(0),
  }),
  /** Absent: an older gateway, which takes its part of the limits by the routing table. */
  rest: RestReport.optional(),
})

export const HeartbeatReply = z.object({
  status: GatewayStatus,
  lease: LeaseTerms,
  /** Absent: an older config API, or a later heartbeat has overtaken this one, which therefore grants nothing. */
  rest: RestGrant.optional(),
})
export type HeartbeatReply = z.infer<typeof HeartbeatReply>

export const ListGatewaysInput = z.object({
  /** Only gateways whose lease was renewed within this time. */
  seenWithinMs: z.int().min(1).optional(),
})

export const CordonInput = z.object({
  gatewayId: GatewayId,
  reason: z.string().min(1).max(500),
  /** Who asked for it, as the audit log shows it, if a service calls for somebody. */
  actor: z.string().max(200).optional(),
})
