import { z } from 'zod'
import { EpochMs, GatewayId, GuildId, Position, ShardId } from '../ids.ts'
import { actingGateway } from './shard-claim.ts'

/**
 * Why nobody can send the events again:
 * - `invalid-session`: Discord said that the session is not valid any more (op 9);
 * - `session-closed`: Discord closed the socket with a code that ends the session;
 * - `resume-failed`: RESUME failed too often;
 * - `session-ended`: the shard's checkpoint says that the session is over, and its holder has not reported why;
 * - `not-held`: the owner lacks events of one guild that no holder has any more.
 */
export const DataLossReason = z.enum([
  'invalid-session',
  'session-closed',
  'resume-failed',
  'session-ended',
  'not-held',
])
export type DataLossReason = z.infer<typeof DataLossReason>

/** A data loss, as its holder reports it: events after `after`, and before what came next, that nobody can send again. */
export const DataLossInput = z.object({
  ...actingGateway,
  shardId: ShardId,
  /** `null`: Discord ended the shard's session; else events of one guild's lane, which nobody holds any more. */
  guildId: GuildId.nullable(),
  /** The last event that is held. With the shard (and the guild) it names the loss: recording it again adds facts. */
  after: Position,
  /** What came next: the first event after the loss; `null` while no session has followed. */
  before: Position.nullable(),
  reason: DataLossReason,
  /** Guilds concerned, as far as the holder knows. */
  guilds: z.int().min(0),
  /** Events received before the loss that were not durable yet when it was noticed; they are still delivered. */
  undelivered: z.int().min(0),
})
export type DataLossInput = z.infer<typeof DataLossInput>

/** A row of the gap ledger. */
export const DataLoss = z.object({
  lossId: z.int().min(1),
  shardId: ShardId,
  guildId: GuildId.nullable(),
  /** Who reported it; `null` if only the end of the stored session is known. */
  gatewayId: GatewayId.nullable(),
  after: Position,
  /** Generation of what came next; `null` while nothing has. */
  generationAfter: z.int().min(1).nullable(),
  detectedAt: EpochMs,
  reason: DataLossReason,
  /** What is read back over REST. */
  recovered: z.array(z.string()),
  /** What Discord never tells again. */
  unrecoverable: z.array(z.string()),
  guilds: z.int().min(0).nullable(),
  undelivered: z.int().min(0).nullable(),
})
export type DataLoss = z.infer<typeof DataLoss>

export const ListDataLossesInput = z.object({ limit: z.int().min(1).max(500).default(100) })
export const DataLossList = z.object({ losses: z.array(DataLoss) })
export type DataLossList = z.infer<typeof DataLossList>
