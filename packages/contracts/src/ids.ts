import { z } from 'zod'

/**
 * A Discord snowflake as its decimal string. A snowflake does not fit a JavaScript number, so it is never one.
 * Source: https://discord.com/developers/docs/reference#snowflakes (unsigned 64 bit; ids in use have 17–20 digits).
 */
const snowflake = z
  .string()
  .regex(/^[1-9][0-9]{16,19}$/, 'must be a Discord id: 17 to 20 digits')
  .refine((id) => id.length < 20 || BigInt(id) <= 0xffff_ffff_ffff_ffffn, 'must fit in 64 bits')

export const GuildId = snowflake.brand<'GuildId'>()
export type GuildId = z.infer<typeof GuildId>

export const UserId = snowflake.brand<'UserId'>()
export type UserId = z.infer<typeof UserId>

export const ChannelId = snowflake.brand<'ChannelId'>()
export type ChannelId = z.infer<typeof ChannelId>

export const RoleId = snowflake.brand<'RoleId'>()
export type RoleId = z.infer<typeof RoleId>

export const InteractionId = snowflake.brand<'InteractionId'>()
export type InteractionId = z.infer<typeof InteractionId>

/** Name of one gateway replica: `gateway-<ordinal>`, as its StatefulSet pod is named. */
export const GatewayId = z
  .string()
  .regex(/^gateway-(0|[1-9][0-9]{0,3})$/, 'must be gateway-<ordinal>')
  .brand<'GatewayId'>()
export type GatewayId = z.infer<typeof GatewayId>

/** Number of a gateway in its StatefulSet; REST fields and environment variables call it `pod_id`. */
export const GatewayOrdinal = z.int().min(0).max(9999)

/** The gateway with this ordinal. */
export function gatewayIdOf(ordinal: number): GatewayId {
  return GatewayId.parse(`gateway-${GatewayOrdinal.parse(ordinal)}`)
}

/** The ordinal in a gateway's name. */
export function ordinalOf(gatewayId: GatewayId): number {
  return Number(gatewayId.slice('gateway-'.length))
}

/** Discord's number of a shard, `(guildId >> 22) % shardCount`. */
export const ShardId = z.int().min(0).max(16_383)
export const ShardCount = z.int().min(1).max(16_384)

/** Discord's shard of a guild. Source: https://discord.com/developers/docs/events/gateway#sharding-sharding-formula */
export function shardOf(guildId: GuildId, shardCount: number): number {
  return Number((BigInt(guildId) >> 22n) % BigInt(shardCount))
}

/** A fencing number; rises with every change of owner or holder, and never falls. */
export const Epoch = z.int().min(1)

/** Milliseconds since 1970-01-01 UTC. */
export const EpochMs = z.int().min(0)

/** One run of a gateway process. It never comes back: of two, the higher (registration, restart) is the later. */
export const Incarnation = z.object({ registration: z.int().min(1), restart: z.int().min(0) })
export type Incarnation = z.infer<typeof Incarnation>

/** Less than 0 if `a` is the earlier one, 0 if they are the same. */
export function compareIncarnations(a: Incarnation, b: Incarnation): number {
  return a.registration - b.registration || a.restart - b.restart
}

/** Where a Discord event stands: the session's generation, and its seq in that session. */
export const Position = z.object({ generation: z.int().min(1), seq: z.int().min(0) })
export type Position = z.infer<typeof Position>

/** Less than 0 if `a` is before `b`, 0 if they are the same. */
export function comparePositions(a: Position, b: Position): number {
  return a.generation - b.generation || a.seq - b.seq
}

/** A client-made key that makes repeating a command harmless. */
export const IdempotencyKey = z
  .string()
  .min(8)
  .max(200)
  .regex(/^[\w:.-]+$/, 'may hold letters, digits and _ : . - only')
