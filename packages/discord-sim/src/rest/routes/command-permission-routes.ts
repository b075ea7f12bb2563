import { DiscordError, missingAccess, unknownResource } from '../../discord-error.ts'
import { renderCommandPermissions } from '../../resources/command-permissions.ts'
import type { GuildState } from '../../state/entities.ts'
import type { RestContext } from '../rest-context.ts'
import { ok, param } from '../route.ts'
import type { RestRequest, Route } from '../route.ts'

/** Who may use the commands in a guild. Source: https://docs.discord.com/developers/interactions/application-commands#permissions */
export function commandPermissionRoutes(context: RestContext): Route[] {
  const { world } = context
  const base = '/applications/:application_id/guilds/:guild_id/commands'

  function guildFor(request: RestRequest): GuildState {
    if (param(request, 'application_id') !== world.app.id) throw unknownResource('application')
    const guild = world.guilds.get(param(request, 'guild_id'))
    if (!guild || !world.botIsIn(guild)) throw missingAccess()
    return guild
  }

  return [
    {
      method: 'GET',
      path: `${base}/permissions`,
      operation: 'list_guild_application_command_permissions',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request)
        return ok(
          [...guild.commandPermissions.keys()].map((id) => renderCommandPermissions(world, guild, id)),
        )
      },
    },
    {
      method: 'GET',
      path: `${base}/:command_id/permissions`,
      operation: 'get_guild_application_command_permissions',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request)
        const id = param(request, 'command_id')
        if (!guild.commandPermissions.has(id))
          throw new DiscordError(404, 10066, 'Unknown application command permissions')
        return ok(renderCommandPermissions(world, guild, id))
      },
    },
  ]
}
