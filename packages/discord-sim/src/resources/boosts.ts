import type { GuildState, MemberState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import { announceGuildUpdate, premiumTierOf } from './guild-payload.ts'
import { announceMemberUpdate } from './members.ts'
import { postBoostMessage } from './system-messages.ts'

/** A member boosts the guild: the member's `premium_since`, a system message, and the guild's count and tier. */
export function boostGuild(world: World, guild: GuildState, member: MemberState): void {
  const before = premiumTierOf(guild.boosts)
  guild.boosts += 1
  member.premiumSinceMs ??= world.now()
  const tier = premiumTierOf(guild.boosts)
  announceMemberUpdate(world, guild, member)
  postBoostMessage(world, guild, member.userId, tier > before ? tier : 0)
  announceGuildUpdate(world, guild)
}
