import { z } from 'zod'
import { GatewayId, GuildId, Position } from '../ids.ts'
import { shardClaim } from './shard-claim.ts'

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
  /** The last of them. The event after it in the lane names it as its predecessor. */
  through: Position,
  events: z.int().min(0),
})

/** A parked lane, and the gateway on whose disk it is. */
export const ParkedLane = ParkedSpan.extend({ keeper: GatewayId })
export type ParkedLane = z.infer<typeof ParkedLane>

/** What became of a holder's parked lanes since its last report. */
export const ParkedChanges = z.object({
  /** Lanes with events on the disk of the reporting holder. */
  kept: z.array(ParkedSpan),
  /** Lanes of which the keeper has nothing any more: delivered, or taken over by the reporting holder. */
  gone: z.array(z.object({ guildId: GuildId, keeper: GatewayId })),
})
export type ParkedChanges = z.infer<typeof ParkedChanges>

/** A resume checkpoint: where the shard's next holder RESUMEs, and what is parked before that seq. */
export const CheckpointInput = z.object({
  ...shardClaim,
  /** `null`: Discord has ended the session. */
  session: ShardSession.nullable(),
  /** Stored together with the seq, which may pass parked events only by this. */
  parked: ParkedChanges.optional(),
})
