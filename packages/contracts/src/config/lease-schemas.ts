import { z } from 'zod'
import { Epoch, EpochMs, GatewayId, ShardCount, ShardId } from '../ids.ts'
import { ParkedChanges, ParkedLane, ShardSession } from './checkpoint-schemas.ts'
import { LeaseTerms } from './gateway-schemas.ts'
import { actingGateway, shardClaim } from './shard-claim.ts'

/** The right to hold one Discord shard. */
export const ShardLease = z.object({
  shardId: ShardId,
  shardCount: ShardCount,
  holder: GatewayId,
  epoch: Epoch,
  /** The session that the former holder left; `null` if there is none to resume. */
  session: ShardSession.nullable(),
  /** Sessions of the shard up to this generation are over. */
  endedGeneration: z.int().min(0).default(0),
  /** Lanes with earlier events on the disk of some gateway: those go out before anything that comes now. */
  parked: z.array(ParkedLane).default([]),
})
export type ShardLease = z.infer<typeof ShardLease>

export const AcquireShardsInput = z.object({
  ...actingGateway,
  /** Discord's recommended (or the operator's) number of shards. The first to state it fixes it for the mesh. */
  shardCount: ShardCount,
  /** If there is nothing to take: how long to wait for something, milliseconds. */
  waitMs: z.int().min(0).max(2000).default(0),
})

export const LeaveShardsInput = z.object(actingGateway)

export const AcquiredShards = z.object({
  shardCount: ShardCount,
  /** Shards newly leased to the caller: free ones, up to its quota. */
  acquired: z.array(ShardLease),
  lease: LeaseTerms,
})
export type AcquiredShards = z.infer<typeof AcquiredShards>

export const RenewShardsInput = z.object({
  ...actingGateway,
  held: z.array(z.object({ shardId: ShardId, epoch: Epoch })).max(16_384),
})

export const RenewedShards = z.object({
  lease: LeaseTerms,
  kept: z.array(z.object({ shardId: ShardId, epoch: Epoch })),
  /** No longer the caller's: stop at once. */
  lost: z.array(ShardId),
  /** Still the caller's, but another gateway is short of its quota: close with 4200 and release. */
  handOver: z.array(ShardId),
  /** PostgreSQL's clock, which all holders know: they take turns by it if nobody spaces their IDENTIFYs. */
  nowMs: EpochMs.nullable().default(null),
})
export type RenewedShards = z.infer<typeof RenewedShards>

export const ReleaseShardInput = z.object({
  ...shardClaim,
  session: ShardSession.nullable(),
  parked: ParkedChanges.optional(),
  /** Generation of the permit that the holder had reserved and has not used; `null`: none. */
  reserved: z.int().min(1).nullable().default(null),
})

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
