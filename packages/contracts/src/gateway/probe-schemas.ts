import { z } from 'zod'
import { Epoch, GuildId, Position } from '../ids.ts'

/** At most as many guilds as fit into one answer. */
export const GuildChainsInput = z.object({ guildIds: z.array(GuildId).min(1).max(1000) })

/**
 * Hash chains over the events that were applied, for a caller with the same chains over the events that were sent. A
 * guild that is not served here, or of which nothing was applied yet, is left out.
 */
export const GuildChains = z.object({
  /** `false`: this gateway keeps no chains (`EVENT_PROBE` is off). */
  probing: z.boolean(),
  chains: z.array(
    z.object({
      guildId: GuildId,
      epoch: Epoch,
      /** Events in the chain. */
      events: z.int().min(1),
      /** SHA-256 in hex. */
      head: z.string().regex(/^[0-9a-f]{64}$/),
      /** Position of the last event in the chain. */
      position: Position,
    }),
  ),
})
export type GuildChains = z.infer<typeof GuildChains>
