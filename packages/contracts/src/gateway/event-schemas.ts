import { z } from 'zod'
import { Failure } from '../failures/failure.ts'
import { Epoch, GatewayId, GuildId, Incarnation, Position, ShardCount, ShardId } from '../ids.ts'

/** One Discord dispatch on its way from the shard's holder to the guild's owner. */
export const LaneEvent = z.object({
  position: Position,
  /**
   * Position of the event before it in the guild's lane. `null`: the holder has received the session's events
   * without a break since a point up to which everything of this guild is durable, and this is the first.
   */
  previous: Position.nullable(),
  /**
   * A data loss: between the owner's cursor (`after`; `null`: it had none) and this event there were others that
   * nobody can send again. Absent if there were none.
   */
  loss: z.object({ after: Position.nullable() }).optional(),
  /** Discord's dispatch name, such as MESSAGE_CREATE. */
  type: z.string().min(1).max(64),
  /** Discord's payload (`d`), as it came. Its shape is Discord's; features parse what they use. */
  data: z.unknown(),
  /** The holder's monotonic-derived age of the event when it was sent on, milliseconds: for lag figures only. */
  heldMs: z.number().min(0),
})
export type LaneEvent = z.infer<typeof LaneEvent>

export const DeliverInput = z.object({
  shardId: ShardId,
  shardCount: ShardCount,
  shardEpoch: Epoch,
  holder: z.object({ gatewayId: GatewayId, incarnation: Incarnation }),
  lanes: z
    .array(
      z.object({
        guildId: GuildId,
        /** Epoch at which the holder believes the receiver owns the guild. */
        epoch: Epoch,
        events: z.array(LaneEvent).min(1).max(256),
      }),
    )
    .min(1)
    .max(512),
})
export type DeliverInput = z.infer<typeof DeliverInput>

/** What became of one lane of a delivery. */
export const LaneAck = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('accepted'),
    guildId: GuildId,
    epoch: Epoch,
    /** Everything of the lane up to here is committed. */
    applied: Position,
    /** Everything up to here survives the loss of the owner's disk too; equals `applied` if no replica is set up. */
    durable: Position.nullable(),
  }),
  z.object({ outcome: z.literal('refused'), guildId: GuildId, failure: Failure }),
])
export type LaneAck = z.infer<typeof LaneAck>

/** Acks count only for the incarnation that the holder sent to. */
export const DeliverReply = z.object({
  owner: z.object({ gatewayId: GatewayId, incarnation: Incarnation }),
  acks: z.array(LaneAck),
})
export type DeliverReply = z.infer<typeof DeliverReply>

/** A holder's question for parked events of a shard that it took over. */
export const ParkedPageInput = z.object({
  shardId: ShardId,
  shardEpoch: Epoch,
  holder: z.object({ gatewayId: GatewayId, incarnation: Incarnation }),
  /** The last event of the page before; `null`: from the first. */
  after: z.object({ guildId: GuildId, position: Position }).nullable(),
})

/** Parked events by guild and position; none: that was all. */
export const ParkedPage = z.object({
  events: z.array(
    LaneEvent.extend({
      guildId: GuildId,
      /** As Discord sent it, UTF-16 units. */
      size: z.int().min(0),
    }),
  ),
})
export type ParkedPage = z.infer<typeof ParkedPage>

/** The holder has them all: the keeper may drop its copy. */
export const ForgetParkedInput = ParkedPageInput.omit({ after: true })
