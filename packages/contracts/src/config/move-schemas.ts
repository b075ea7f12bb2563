import { z } from 'zod'
import { Epoch, EpochMs, GatewayId, GuildId, IdempotencyKey } from '../ids.ts'
import { Failure } from '../failures/failure.ts'

/** States of a move, in their order; `aborted` only before `switched`. */
export const MoveState = z.enum([
  'planned',
  'copying',
  'freezing',
  'verified',
  'switched',
  'activated',
  'done',
  'aborted',
])
export type MoveState = z.infer<typeof MoveState>

/** One guild changing gateways. */
export const Move = z.object({
  moveId: z.uuid(),
  guildId: GuildId,
  source: GatewayId,
  target: GatewayId,
  /** Epoch at which the source owned the guild. */
  fromEpoch: Epoch,
  state: MoveState,
  reason: z.string(),
  requestedBy: z.string(),
  /** Why it was aborted. */
  failure: Failure.nullable(),
  startedAt: EpochMs,
  endedAt: EpochMs.nullable(),
})
export type Move = z.infer<typeof Move>

export const StartMoveInput = z.object({
  guildId: GuildId,
  target: GatewayId,
  reason: z.string().min(1).max(500),
  idempotencyKey: IdempotencyKey,
  /** Who asked for it, as the audit log shows it, if the caller acts for somebody. */
  actor: z.string().max(200).optional(),
})

export const MoveInput = z.object({ moveId: z.uuid() })
export const ListMovesInput = z.object({
  guildId: GuildId.optional(),
  openOnly: z.boolean().default(false),
  limit: z.int().min(1).max(500).default(100),
})
export const MoveList = z.object({ moves: z.array(Move) })
