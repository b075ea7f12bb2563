import { z } from 'zod'
import type { CommandInput } from '../../resources/commands.ts'
import { DiscordError, invalidField, missingAccess, unknownResource } from '../../discord-error.ts'
import { parseForm, permissionBits } from '../../forms/form.ts'
import type { RestContext } from '../rest-context.ts'
import { created, noContent, ok, param } from '../route.ts'
import type { RestRequest, Route } from '../route.ts'

/** Slash-command and option names: letters of any script, digits, - and _, no capitals. */
const slashName = /^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u

const choiceSchema = z.looseObject({
  name: z.string().min(1).max(100),
  value: z.union([z.string().max(100), z.number()]),
})
const baseOption = {
  type: z.number().int().min(1).max(11),
  name: z.string().regex(slashName),
  description: z.string().min(1).max(100),
  choices: z.array(choiceSchema).max(25).nullish(),
}
const leafOption = z.looseObject(baseOption)
const subcommandOption = z.looseObject({ ...baseOption, options: z.array(leafOption).max(25).nullish() })
const topOption = z.looseObject({ ...baseOption, options: z.array(subcommandOption).max(25).nullish() })
const localizations = z.record(z.string(), z.string()).nullish()

const commandSchema = z.object({
  id: z.string().nullish(),
  name: z.string().min(1).max(32),
  type: z.number().int().min(1).max(4).nullish(),
  description: z.string().max(100).nullish(),
  options: z.array(topOption).max(25).nullish(),
  default_member_permissions: permissionBits.nullish(),
  dm_permission: z.boolean().nullish(),
  contexts: z.array(z.number().int().min(0).max(2)).nullish(),
  integration_types: z.array(z.number().int().min(0).max(1)).nullish(),
  nsfw: z.boolean().nullish(),
  name_localizations: localizations,
  description_localizations: localizations,
})
const patchSchema = commandSchema.partial()
const listSchema = z.array(commandSchema).max(110)

function toInput(fields: z.output<typeof patchSchema>, path = ''): CommandInput {
  const type = fields.type ?? 1
  const at = (field: string) => (path === '' ? field : `${path}.${field}`)
  if (type === 1) {
    const name = fields.name ?? ''
    if (!slashName.test(name) || name !== name.toLowerCase()) {
      throw invalidField(at('name'), 'APPLICATION_COMMAND_INVALID_NAME', 'Command name is invalid')
    }
    if (!fields.description)
      throw invalidField(at('description'), 'BASE_TYPE_REQUIRED', 'This field is required')
    requireOptionOrder(fields.options ?? [], at('options'))
  }
  return {
    name: fields.name ?? '',
    type,
    description: fields.description ?? '',
    options: fields.options ?? undefined,
    default_member_permissions: fields.default_member_permissions,
    dm_permission: fields.dm_permission ?? undefined,
    contexts: fields.contexts,
    integration_types: fields.integration_types ?? undefined,
    nsfw: fields.nsfw ?? undefined,
    name_localizations: fields.name_localizations,
    description_localizations: fields.description_localizations,
  }
}

function requireOptionOrder(options: { name: string; required?: unknown }[], path: string): void {
  let optionalSeen = false
  const names = new Set<string>()
  for (const [index, option] of options.entries()) {
    if (names.has(option.name)) {
      throw invalidField(
        `${path}.${index}.name`,
        'APPLICATION_COMMAND_OPTIONS_NAME_INVALID',
        'Option names must be unique',
      )
    }
    names.add(option.name)
    if (option.required === true && optionalSeen) {
      throw invalidField(
        `${path}.${index}`,
        'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID',
        'Required options must be placed before non-required options',
      )
    }
    if (option.required !== true) optionalSeen = true
  }
}

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
      handle: (request) => ok([...commands.list(place(request)).values()]),
    },
    {
      method: 'POST',
      path: base,
      operation: `create_${name}`,
      auth: 'bot',
      rate: { limit: 5, windowMs: 20_000 },
      handle: (request) => {
        const guildId = place(request)
        const input = toInput(parseForm(commandSchema, request.body))
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
        const list = parseForm(listSchema, request.body)
        const inputs = list.map((fields, index) => toInput(fields, String(index)))
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
        const fields = parseForm(patchSchema, request.body)
        const merged = toInput({ ...parseForm(patchSchema, present), ...fields, type: present.type })
        return ok(commands.update(guildId, present.id, merged))
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
