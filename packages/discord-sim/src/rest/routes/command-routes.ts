import { inLocale, localeOf } from '../../resources/command-payload.ts'
import type { CommandInput } from '../../resources/commands.ts'
import { DiscordError, missingAccess, unknownResource } from '../../discord-error.ts'
import { commandListSchema, commandSchema, patchCommand, toCommandInput } from '../../forms/command-form.ts'
import { parseForm } from '../../forms/form.ts'
import type { RestContext } from '../rest-context.ts'
import { created, noContent, ok, param, queryFlag } from '../route.ts'
import type { RestRequest, Route } from '../route.ts'

/** Application commands, global and per guild: the same verbs below two paths. */
export function commandRoutes(context: RestContext): Route[] {
  return [...routesFor(context, null), ...routesFor(context, 'guild')]
}

function routesFor(context: RestContext, scope: null | 'guild'): Route[] {
  const { world, commands } = context
  const base = `/applications/:application_id${scope === 'guild' ? '/guilds/:guild_id' : ''}/commands`
  const name = scope === 'guild' ? 'guild_application_command' : 'application_command'

  function place(request: RestRequest): string | null {
    if (param(request, 'application_id') !== world.app.id) throw unknownResource('application')
    if (scope === null) return null
    const guild = world.guilds.get(param(request, 'guild_id'))
    if (!guild || !world.botIsIn(guild)) throw missingAccess()
    return guild.id
  }

  /** Creations are limited by the day and guild; the global list counts as one more guild. */
  function countCreations(guildId: string | null, inputs: CommandInput[]): void {
    context.limits.take('commandCreates', guildId ?? 'global', commands.countNew(guildId, inputs))
  }

  return [
    {
      method: 'GET',
      path: base,
      operation: `list_${name}s`,
      auth: 'bot',
      handle: (request) => {
        const found = [...commands.list(place(request)).values()]
        if (queryFlag(request, 'with_localizations')) return ok(found)
        const locale = localeOf(request.headers)
        return ok(found.map((command) => inLocale(command, locale)))
      },
    },
    {
      method: 'POST',
      path: base,
      operation: `create_${name}`,
      auth: 'bot',
      rate: { limit: 5, windowMs: 20_000 },
      handle: (request) => {
        const guildId = place(request)
        const input = toCommandInput(parseForm(commandSchema, request.body))
        countCreations(guildId, [input])
        const result = commands.upsert(guildId, input)
        return result.created ? created(result.command) : ok(result.command)
      },
    },
    {
      method: 'PUT',
      path: base,
      operation: `bulk_set_${name}s`,
      auth: 'bot',
      rate: { limit: 5, windowMs: 20_000 },
      handle: (request) => {
        const guildId = place(request)
        const list = parseForm(commandListSchema, request.body)
        const inputs = list.map((fields, index) => toCommandInput(fields, String(index)))
        const keys = inputs.map((input) => `${input.type}:${input.name}`)
        if (new Set(keys).size !== keys.length) {
          throw new DiscordError(400, 50035, 'Invalid Form Body', {
            _errors: [
              {
                code: 'APPLICATION_COMMANDS_DUPLICATE_NAME',
                message: 'Application command names must be unique',
              },
            ],
          })
        }
        countCreations(guildId, inputs)
        return ok(commands.overwrite(guildId, inputs))
      },
    },
    {
      method: 'GET',
      path: `${base}/:command_id`,
      operation: `get_${name}`,
      auth: 'bot',
      handle: (request) => ok(commands.require(place(request), param(request, 'command_id'))),
    },
    {
      method: 'PATCH',
      path: `${base}/:command_id`,
      operation: `update_${name}`,
      auth: 'bot',
      handle: (request) => {
        const guildId = place(request)
        const present = commands.require(guildId, param(request, 'command_id'))
        return ok(commands.update(guildId, present.id, patchCommand(present, request.body)))
      },
    },
    {
      method: 'DELETE',
      path: `${base}/:command_id`,
      operation: `delete_${name}`,
      auth: 'bot',
      handle: (request) => {
        commands.delete(place(request), param(request, 'command_id'))
        return noContent()
      },
    },
  ]
}
