import type { z } from 'zod'
import type { Call } from '../rpc/call.ts'
import type { Done } from '../rpc/done.ts'
import type * as events from './event-schemas.ts'
import type * as guild from './guild-schemas.ts'
import type { GuildChains, GuildChainsInput } from './probe-schemas.ts'

type In<S extends z.ZodType> = z.output<S>

/**
 * What a gateway promises. Every method that names a guild throws NotOwner, GuildMoved, GuildFenced or StaleEpoch
 * (as a MeshError) if this gateway may not serve it at the stated epoch.
 */
export interface GatewayPort {
  readonly guild: GuildDataPort
  readonly events: EventPort
  readonly interactions: InteractionPort
  readonly ownership: OwnershipPort
  readonly probe: ProbePort
  health(call: Call): Promise<guild.GatewayHealth>
}

export interface GuildDataPort {
  overview(input: In<typeof guild.OwnedGuildInput>, call: Call): Promise<guild.GuildOverview>
  activity(input: In<typeof guild.ActivityInput>, call: Call): Promise<guild.GuildActivity>
  /** If the guild document has no up-to-date row of the member, Discord is asked, and the row is kept from then on. */
  member(input: In<typeof guild.MemberInput>, call: Call): Promise<guild.GuildMember>
  /** One event at once, then one after each commit (at most one a second), until the caller goes away. */
  changes(input: In<typeof guild.OwnedGuildInput>, call: Call): AsyncIterable<guild.GuildChange>
}

export interface EventPort {
  /** Applies lanes of events. Each lane is accepted or refused by itself; a repeated delivery changes nothing. */
  deliver(input: events.DeliverInput, call: Call): Promise<events.DeliverReply>
  /**
   * Parked events on this gateway's disk, for the holder that has the shard now. If this gateway still holds
   * the shard at a lower epoch, it gives the shard up first.
   * @throws MeshError StaleEpoch if this gateway holds the shard at that epoch or a later one
   */
  parked(input: In<typeof events.ParkedPageInput>, call: Call): Promise<events.ParkedPage>
  /** Drops them, once the holder has them on its own disk. @throws MeshError StaleEpoch, as `parked` */
  forgetParked(input: In<typeof events.ForgetParkedInput>, call: Call): Promise<Done>
}

export interface InteractionPort {
  /** Handles an interaction once; a repeated id gets the stored answer. */
  handle(input: In<typeof guild.HandleInteractionInput>, call: Call): Promise<guild.InteractionAnswer>
}

export interface OwnershipPort {
  /** Fences the guild if it has no data here. @throws MeshError GuildHasData */
  releaseEmpty(input: In<typeof guild.ReleaseEmptyInput>, call: Call): Promise<z.infer<typeof guild.Released>>
  /** Lifts the fence that the same move laid. */
  reclaim(input: In<typeof guild.ReleaseEmptyInput>, call: Call): Promise<z.infer<typeof guild.Reclaimed>>
}

export interface ProbePort {
  /** The chains of those of the guilds that this gateway serves. */
  chains(input: In<typeof GuildChainsInput>, call: Call): Promise<GuildChains>
}
