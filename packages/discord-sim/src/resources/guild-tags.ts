import type { GuildState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import { announceMemberUpdate } from './members.ts'

export interface GuildTag {
  /** The guild whose tag it is. */
  guildId: string
  /** Up to four characters. */
  tag: string
}

/**
 * A person wears a guild's tag beside the name, or takes it off (null): the user changes, which every guild of
 * theirs is told by GUILD_MEMBER_UPDATE. Source: https://docs.discord.com/developers/resources/user#user-object-user-primary-guild
 */
export function wearGuildTag(world: World, userId: string, worn: GuildTag | null): void {
  const user = world.user(userId)
  user.primary_guild = worn
    ? { identity_guild_id: worn.guildId, identity_enabled: true, tag: worn.tag, badge: 'b'.repeat(32) }
    : { identity_guild_id: null, identity_enabled: false, tag: null, badge: null }
  for (const guild of guildsOf(world, userId)) {
    const member = guild.members.get(userId)
    if (member) announceMemberUpdate(world, guild, member)
  }
}

function guildsOf(world: World, userId: string): GuildState[] {
  return [...world.guilds.values()].filter((guild) => guild.members.has(userId))
}
