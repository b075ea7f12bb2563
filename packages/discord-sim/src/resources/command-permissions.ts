import { ApplicationCommandPermissionType } from 'discord-api-types/v10'
import type { APIApplicationCommandPermission } from 'discord-api-types/v10'
import type { ChannelState, GuildState, MemberState } from '../state/entities.ts'
import type { World } from '../state/world.ts'

/** The permissions of one command, or of all (the application's id), as Discord shows them. */
export function renderCommandPermissions(world: World, guild: GuildState, commandId: string) {
  return {
    id: commandId,
    application_id: world.app.id,
    guild_id: guild.id,
    permissions: guild.commandPermissions.get(commandId) ?? [],
  }
}

/** Somebody with Manage Guild changes who may use a command: APPLICATION_COMMAND_PERMISSIONS_UPDATE. */
export function setCommandPermissions(
  world: World,
  guild: GuildState,
  commandId: string,
  permissions: APIApplicationCommandPermission[],
): void {
  if (permissions.length > 0) guild.commandPermissions.set(commandId, permissions)
  else guild.commandPermissions.delete(commandId)
  world.bus.emit(
    'APPLICATION_COMMAND_PERMISSIONS_UPDATE',
    guild,
    renderCommandPermissions(world, guild, commandId),
  )
}

/**
 * What the guild itself decided for this member here: true or false, or null where it decided nothing and the
 * command's default permissions count. The member's own entry beats roles, a role that allows beats roles that
 * deny, and those beat @everyone; a channel that is switched off is off whoever asks. What the command does not
 * say itself, the entry of the application says. Source:
 * https://docs.discord.com/developers/interactions/application-commands#permissions
 */
export function commandOverride(
  world: World,
  guild: GuildState,
  channel: ChannelState,
  member: MemberState,
  commandId: string,
): boolean | null {
  const own = guild.commandPermissions.get(commandId)
  const entries = own ?? guild.commandPermissions.get(world.app.id) ?? []
  const place = channel.thread && channel.parentId !== null ? channel.parentId : channel.id
  const allChannels = (BigInt(guild.id) - 1n).toString()
  const channels = ofType(entries, ApplicationCommandPermissionType.Channel)
  const here = channels.get(place) ?? channels.get(allChannels) ?? null
  if (here === false) return false
  const user = ofType(entries, ApplicationCommandPermissionType.User).get(member.userId)
  if (user !== undefined) return user
  const roles = ofType(entries, ApplicationCommandPermissionType.Role)
  const decided = member.roles.flatMap((roleId) => roles.get(roleId) ?? [])
  if (decided.length > 0) return decided.includes(true)
  return roles.get(guild.id) ?? null
}

function ofType(
  entries: readonly APIApplicationCommandPermission[],
  type: ApplicationCommandPermissionType,
): Map<string, boolean> {
  return new Map(entries.filter((entry) => entry.type === type).map(({ id, permission }) => [id, permission]))
}
