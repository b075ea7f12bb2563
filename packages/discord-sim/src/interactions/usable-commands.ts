import { commandOverride } from '../resources/command-permissions.ts'
import { allPermissions, channelPermissions, guildPermissions } from '../resources/permissions.ts'
import type { ChannelState, CommandState, GuildState } from '../state/entities.ts'
import type { World } from '../state/world.ts'

/** Why a person's client does not show a command in a channel; null when it does. */
export type CommandRefusal = 'not-offered' | 'not-permitted' | null

/** The commands that could be offered in a channel: the guild's own first, then the global ones. */
export function registeredCommands(world: World, guildId: string | null): CommandState[] {
  const own = guildId === null ? [] : [...(world.app.guildCommands.get(guildId)?.values() ?? [])]
  return [...own, ...world.app.commands.values()]
}

/**
 * A client shows no command where it is not offered, nor to somebody who may not use it: what the guild decided
 * for the command counts before the command's own default, and "members with the Administrator permission can
 * use all commands" (https://docs.discord.com/developers/interactions/application-commands#permissions).
 */
export function refuseCommand(
  world: World,
  channel: ChannelState,
  userId: string,
  command: CommandState,
): CommandRefusal {
  const guild = channel.guildId === null ? null : world.guild(channel.guildId)
  if (!isOffered(command, guild, guild !== null && world.botIsIn(guild))) return 'not-offered'
  if (!guild) return null
  const member = world.member(guild, userId)
  if (guildPermissions(guild, member) === allPermissions) return null
  const decided = commandOverride(world, guild, channel, member, command.id)
  if (decided !== null) return decided ? null : 'not-permitted'
  const needed = command.default_member_permissions
  if (needed === null || needed === undefined) return null
  const sum = channelPermissions(guild, channel, member, world.now())
  const missing = needed === '0' ? sum !== allPermissions : (sum & BigInt(needed)) !== BigInt(needed)
  return missing ? 'not-permitted' : null
}

/** Whether the command's contexts and installations cover a guild with the bot, one without, or a DM. */
function isOffered(command: CommandState, guild: GuildState | null, botIsHere: boolean): boolean {
  if (command.guild_id !== undefined) return true
  const { contexts } = command
  if (guild === null) return contexts ? contexts.includes(1) : command.dm_permission !== false
  if (contexts && !contexts.includes(0)) return false
  return botIsHere || (command.integration_types?.includes(1) ?? false)
}
