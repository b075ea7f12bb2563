import type { UserState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import { announceMemberUpdate } from './members.ts'

/**
 * The bot renames itself: USER_UPDATE, and GUILD_MEMBER_UPDATE in each of its guilds. Source: Discord, Gateway
 * Events, "Guild Member Update" (it "will also fire when the user object of a guild member changes").
 */
export function updateOwnUser(
  world: World,
  patch: {
    username?: string | undefined
    avatar?: string | null | undefined
    banner?: string | null | undefined
  },
): UserState {
  const user = world.user(world.app.botId)
  if (patch.username !== undefined) user.username = patch.username
  if (patch.avatar !== undefined) user.avatar = patch.avatar
  if (patch.banner !== undefined) user.banner = patch.banner
  world.bus.emit('USER_UPDATE', null, { ...user })
  for (const guild of world.guilds.values()) {
    const member = guild.members.get(user.id)
    if (member) announceMemberUpdate(world, guild, member)
  }
  return user
}
