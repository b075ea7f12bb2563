import { z } from 'zod'
import { shardClaim } from './shard-claim.ts'

export const PermitInput = z.object({
  ...shardClaim,
  maxConcurrency: z.int().min(1),
  /** Highest generation with which the holder has sent an IDENTIFY of the shard, or may have; 0: none. */
  usedGeneration: z.int().min(0).default(0),
})

/** Asks for a permit to keep, for a session that is lost while the config API is away. */
export const ReservePermitInput = PermitInput.omit({ maxConcurrency: true })

/** The right to IDENTIFY once, at any time while the shard's lease lasts. It counts as spent until it is given back. */
export const ReservedPermit = z.object({ generation: z.int().min(1) })
export type ReservedPermit = z.infer<typeof ReservedPermit>

/** The right to IDENTIFY once: a place in the bot-wide budget, and the generation of the session it starts. */
export const SessionPermit = z.object({
  generation: z.int().min(1),
  /** Milliseconds to wait before sending IDENTIFY, so that each rate-limit key has one in five seconds. */
  waitMs: z.int().min(0),
})
export type SessionPermit = z.infer<typeof SessionPermit>
