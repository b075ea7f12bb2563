import { z } from 'zod'
import { Epoch, EpochMs, GatewayId, GuildId, Incarnation, Position, ShardId } from '../ids.ts'
import { LeaseTerms } from './gateway-schemas.ts'

export const ShardCount = z.int().min(1).max(16_384)

/** What a holder needs to RESUME a Discord session of a shard. */
export const ShardSession = z.object({
  /** Number of this session of the shard, from one sequence; the first half of a position. */
  generation: z.int().min(1),
  sessionId: z.string().min(1).max(200),
  resumeUrl: z.string().max(500),
  /** The seq to RESUME from: every event at or below it is durable at its owner, or parked. */
  seq: z.int().min(0),
})
export type ShardSession = z.infer<typeof ShardSession>

/** Events of one guild that a holder keeps on its disk, because the guild's owner is away. */
const ParkedSpan = z.object({
  guildId: GuildId,
  /** The last of them. What comes behind it in the lane names it as the event before. */
  through: Position,
  events: z.int().min(0),
})

/** A parked lane, and the gateway on whose disk it lies. */
export const ParkedLane = ParkedSpan.extend({ keeper: GatewayId })
export type ParkedLane = z.infer<typeof ParkedLane>

/** What became of a holder's parked lanes since it last told. */
export const ParkedChanges = z.object({
  /** Lanes of which events lie on the disk of the holder that tells it. */
  kept: z.array(ParkedSpan),
  /** Lanes of which nothing lies at the keeper any more: delivered, or taken over by the holder that tells it. */
  gone: z.array(z.object({ guildId: GuildId, keeper: GatewayId })),
})
export type ParkedChanges = z.infer<typeof ParkedChanges>

/** The right to hold one Discord shard. */
export const ShardLease = z.object({
  shardId: ShardId,
  shardCount: ShardCount,
  holder: GatewayId,
  epoch: Epoch,
  /** The session that the holder before left behind; `null` where there is none to resume. */
  session: ShardSession.nullable(),
  /** Sessions of the shard up to this generation are over. */
  endedGeneration: z.int().min(0).default(0),
  /** Lanes whose earlier events lie on the disk of some gateway: they go out before anything that comes now. */
  parked: z.array(ParkedLane).default([]),
})
export type ShardLease = z.infer<typeof ShardLease>

const holder = { gatewayId: GatewayId, incarnation: Incarnation }

export const AcquireShardsInput = z.object({
  ...holder,
  /** Discord's recommended (or the operator's) number of shards. The first to state it fixes it for the mesh. */
  shardCount: ShardCount,
  /** Where there is nothing to take: how long to wait for something, milliseconds. */
  waitMs: z.int().min(0).max(2000).default(0),
})

export const LeaveShardsInput = z.object(holder)

export const AcquiredShards = z.object({
  shardCount: ShardCount,
  /** Shards newly leased to the caller: free ones, up to its fair share. */
  acquired: z.array(ShardLease),
  lease: LeaseTerms,
})
export type AcquiredShards = z.infer<typeof AcquiredShards>

export const RenewShardsInput = z.object({
  ...holder,
  held: z.array(z.object({ shardId: ShardId, epoch: Epoch })).max(16_384),
})

export const RenewedShards = z.object({
  lease: LeaseTerms,
  kept: z.array(z.object({ shardId: ShardId, epoch: Epoch })),
  /** No longer the caller's: stop at once. */
  lost: z.array(ShardId),
  /** Still the caller's, but another gateway is short of its share: close with 4200 and release. */
  handOver: z.array(ShardId),
  /** What the clock says that all holders are told of: they space by it what nobody spaces for them. */
  nowMs: EpochMs.nullable().default(null),
})
export type RenewedShards = z.infer<typeof RenewedShards>

export const ReleaseShardInput = z.object({
  ...holder,
  shardId: ShardId,
  epoch: Epoch,
  session: ShardSession.nullable(),
  parked: ParkedChanges.optional(),
  /** Generation of the permit that the holder had reserved and has not used; `null`: none. */
  reserved: z.int().min(1).nullable().default(null),
})

export const CommitShardInput = z.object({
  ...holder,
  shardId: ShardId,
  epoch: Epoch,
  /** `null`: Discord has ended the session. */
  session: ShardSession.nullable(),
  /** Stored together with the seq, which may pass parked events only by this. */
  parked: ParkedChanges.optional(),
})

export const PermitInput = z.object({
  ...holder,
  shardId: ShardId,
  epoch: Epoch,
  maxConcurrency: z.int().min(1),
  /** Highest generation with which the holder has sent an IDENTIFY of the shard, or may have; 0: none. */
  usedGeneration: z.int().min(0).default(0),
})

/** Asks for a permit to keep, for a session that is lost while the config API is away. */
export const ReservePermitInput = PermitInput.omit({ maxConcurrency: true })

/** Leave to IDENTIFY once, at any time while the shard's lease lasts. It counts as spent until it is given back. */
export const ReservedPermit = z.object({ generation: z.int().min(1) })
export type ReservedPermit = z.infer<typeof ReservedPermit>

/** Leave to IDENTIFY once: a place in the bot-wide budget, and the generation of the session it starts. */
export const SessionPermit = z.object({
  generation: z.int().min(1),
  /** Milliseconds to wait before sending IDENTIFY, so that each rate-limit key has one in five seconds. */
  waitMs: z.int().min(0),
})
export type SessionPermit = z.infer<typeof SessionPermit>

export const ShardRow = z.object({
  shardId: ShardId,
  holder: GatewayId.nullable(),
  epoch: z.int().min(0),
  generation: z.int().min(1).nullable(),
  seq: z.int().min(0).nullable(),
  renewedAt: EpochMs.nullable(),
  /** What waits on disks for owners that are away. */
  parked: z.object({ lanes: z.int().min(0), events: z.int().min(0) }).default({ lanes: 0, events: 0 }),
})
export const ShardList = z.object({ shardCount: ShardCount.nullable(), shards: z.array(ShardRow) })
export type ShardList = z.infer<typeof ShardList>

/** Events that no gateway will get any more: behind `after`, up to the beginning of what came next. */
export const GapInput = z.object({
  ...holder,
  shardId: ShardId,
  /** `null`: Discord ended the shard's session; else a hole in one guild's lane that nobody can resend. */
  guildId: GuildId.nullable(),
  /** The last event that is held. With the shard (and the guild) it names the gap: recording it again adds facts. */
  after: Position,
  /** What came next: the first event behind a hole, `null` while no session has followed. */
  before: Position.nullable(),
  reason: z.string().min(1).max(500),
  /** Guilds concerned, as far as the holder knows. */
  guilds: z.int().min(0),
  /** Events received before the gap that were not durable yet when it was noticed; they are still delivered. */
  undelivered: z.int().min(0),
})
export type GapInput = z.infer<typeof GapInput>

/** A row of the gap ledger. */
export const Gap = z.object({
  gapId: z.int().min(1),
  shardId: ShardId,
  guildId: GuildId.nullable(),
  /** Who told of it; `null` where only the end of the stored session is known. */
  gatewayId: GatewayId.nullable(),
  after: Position,
  /** Generation of what came next; `null` while nothing has. */
  generationAfter: z.int().min(1).nullable(),
  detectedAt: EpochMs,
  reason: z.string(),
  /** What is read back over REST. */
  recovered: z.array(z.string()),
  /** What Discord never tells again. */
  unrecoverable: z.array(z.string()),
  guilds: z.int().min(0).nullable(),
  undelivered: z.int().min(0).nullable(),
})
export type Gap = z.infer<typeof Gap>

export const ListGapsInput = z.object({ limit: z.int().min(1).max(500).default(100) })
export const GapList = z.object({ gaps: z.array(Gap) })
export type GapList = z.infer<typeof GapList>

export const Done = z.object({ done: z.literal(true) })
