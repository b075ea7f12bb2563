import { PermissionFlagsBits } from 'discord-api-types/v10'
import type { APIOverwrite } from 'discord-api-types/v10'
import { missingPermissions } from '../discord-error.ts'
import { allPermissions, explicitPermissions, guildPermissions } from '../resources/permissions.ts'
import type { ChannelState, GuildState } from '../state/entities.ts'
import type { World } from '../state/world.ts'

/**
 * Throws 50013 for permissions that the bot may neither allow nor deny: "Only permissions your bot has in the guild or
 * parent channel (if applicable) can be allowed/denied (unless your bot has a MANAGE_ROLES overwrite in the channel)",
 * and "Setting MANAGE_ROLES permission in channels is only possible for guild administrators".
 * Sources: https://docs.discord.com/developers/resources/channel#modify-channel and
 * https://docs.discord.com/developers/resources/guild#create-guild-channel
 * @param channel the channel as it is, or null for a new one
 */
export function requireOverwritable(
  world: World,
  guild: GuildState,
  channel: ChannelState | null,
  after: readonly APIOverwrite[],
): void {
  const bot = world.member(guild, world.app.botId)
  const own = guildPermissions(guild, bot)
  if (own === allPermissions) return
  const changed = changedBits(channel?.overwrites ?? [], after)
  if ((changed & PermissionFlagsBits.ManageRoles) !== 0n) throw missingPermissions()
  const managesRoles = channel?.overwrites.some(
    ({ id, allow }) =>
      (id === bot.userId || bot.roles.includes(id)) &&
      (BigInt(allow) & PermissionFlagsBits.ManageRoles) !== 0n,
  )
  if (managesRoles) return
  const parent = channel?.parentId ? guild.channels.get(channel.parentId) : undefined
  const inParent = parent ? explicitPermissions(guild, parent, bot, world.now()) : 0n
  if ((changed & ~(own | inParent)) !== 0n) throw missingPermissions()
}

/** Every permission whose overwrite is another after than before, for anybody. */
function changedBits(before: readonly APIOverwrite[], after: readonly APIOverwrite[]): bigint {
  const byId = (overwrites: readonly APIOverwrite[]) => new Map(overwrites.map((each) => [each.id, each]))
  const [left, right] = [byId(before), byId(after)]
  let changed = 0n
  for (const id of new Set([...left.keys(), ...right.keys()])) {
    for (const kind of ['allow', 'deny'] as const) {
      changed |= BigInt(left.get(id)?.[kind] ?? '0') ^ BigInt(right.get(id)?.[kind] ?? '0')
    }
  }
  return changed
}
