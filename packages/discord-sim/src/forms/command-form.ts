import { Locale } from 'discord-api-types/v10'
import { z } from 'zod'
import type { CommandInput } from '../resources/commands.ts'
import { invalidField, invalidForm } from '../discord-error.ts'
import { parseForm, permissionBits, snowflake } from './form.ts'

/**
 * Names of slash commands and their options: letters of any script, digits, - _ and ', no capitals that have a
 * small letter. Source: https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-naming
 */
const slashName = z
  .string()
  .min(1)
  .max(32)
  .refine((name) => /^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]+$/u.test(name) && name === name.toLowerCase(), {
    error: 'Command name is invalid',
    params: { code: 'APPLICATION_COMMAND_INVALID_NAME' },
  })
const description = z.string().min(1).max(100)

const localized = <T extends z.ZodType<string>>(text: T) => z.partialRecord(z.enum(Locale), text).nullish()

/** How long the texts of a slash command are together, all its options and choices included. */
const mostCharacters = 8_000

/** Fields of every option: https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-option-structure */
const optionFields = {
  name: slashName,
  name_localizations: localized(slashName),
  description,
  description_localizations: localized(description),
}
const valueFields = { ...optionFields, required: z.boolean().nullish() }
const listed = <T extends z.ZodType>(value: T) => ({
  ...valueFields,
  autocomplete: z.boolean().nullish(),
  choices: z
    .array(
      z.object({
        name: z.string().min(1).max(100),
        name_localizations: localized(z.string().min(1).max(100)),
        value,
      }),
    )
    .max(25)
    .nullish(),
})
const integer = z.number().int().min(Number.MIN_SAFE_INTEGER).max(Number.MAX_SAFE_INTEGER)
const double = z
  .number()
  .min(-(2 ** 53))
  .max(2 ** 53)
const fileTypes = z
  .array(z.string().regex(/^(?:image|video|audio|\.[a-z0-9]+)$/i))
  .max(10)
  .nullish()

const valueOptions = [
  z.object({
    type: z.literal(3),
    ...listed(z.string().max(100)),
    min_length: z.number().int().min(0).max(6_000).nullish(),
    max_length: z.number().int().min(1).max(6_000).nullish(),
  }),
  z.object({
    type: z.literal(4),
    ...listed(integer),
    min_value: integer.nullish(),
    max_value: integer.nullish(),
  }),
  ...[5, 6, 8, 9].map((type) => z.object({ type: z.literal(type), ...valueFields })),
  z.object({
    type: z.literal(7),
    ...valueFields,
    channel_types: z.array(z.number().int().min(0).max(16)).nullish(),
  }),
  z.object({
    type: z.literal(10),
    ...listed(double),
    min_value: double.nullish(),
    max_value: double.nullish(),
  }),
  z.object({ type: z.literal(11), ...valueFields, file_types: fileTypes }),
] as const
const subcommand = z.object({
  type: z.literal(1),
  ...optionFields,
  options: z
    .array(z.discriminatedUnion('type', [...valueOptions]))
    .max(25)
    .nullish(),
})
const group = z.object({
  type: z.literal(2),
  ...optionFields,
  options: z
    .array(z.discriminatedUnion('type', [subcommand]))
    .max(25)
    .nullish(),
})
const option = z.discriminatedUnion('type', [...valueOptions, subcommand, group])
type Option = z.output<typeof option>

const distinct = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .min(1)
    .refine((list) => new Set(list).size === list.length, {
      error: 'The set already contains this value',
      params: { code: 'SET_TYPE_ALREADY_CONTAINS_VALUE' },
    })
    .nullish()

/** A command as an application sends it: https://docs.discord.com/developers/interactions/application-commands#create-global-application-command */
export const commandSchema = z.object({
  id: snowflake.nullish(),
  name: z.string().min(1).max(32),
  name_localizations: localized(z.string().min(1).max(32)),
  type: z.union([1, 2, 3, 4].map((type) => z.literal(type))).nullish(),
  description: z.string().max(100).nullish(),
  description_localizations: localized(description),
  options: z.array(option).max(25).nullish(),
  default_member_permissions: permissionBits.nullish(),
  default_permission: z.boolean().nullish(),
  dm_permission: z.boolean().nullish(),
  contexts: distinct(z.union([z.literal(0), z.literal(1), z.literal(2)])),
  integration_types: distinct(z.union([z.literal(0), z.literal(1)])),
  nsfw: z.boolean().nullish(),
  handler: z.union([z.literal(1), z.literal(2)]).nullish(),
})
const commandPatchSchema = commandSchema.omit({ type: true, id: true }).partial()
export const commandListSchema = z.array(commandSchema).max(130)

/**
 * The command that a form asks for; what the fields do not tell one by one is checked here.
 * @param path where the form stands in the body, such as `0` in a list
 */
export function toCommandInput(fields: z.output<typeof commandSchema>, path = ''): CommandInput {
  const type = fields.type ?? 1
  const at = (field: string) => (path === '' ? field : `${path}.${field}`)
  if (type === 1) requireSlashCommand(fields, path)
  else {
    if (fields.options?.length)
      throw invalidField(at('options'), 'BASE_TYPE_INVALID', 'Options belong to slash commands alone')
    if (fields.description)
      throw invalidField(at('description'), 'BASE_TYPE_INVALID', 'Must be empty for this type of command')
  }
  // Only applications with an Activity have an entry point, and this one has none.
  if (type === 4 || fields.handler) {
    throw invalidField(at('type'), 'BASE_TYPE_INVALID', 'The application has no Activity')
  }
  return {
    name: fields.name,
    type,
    description: fields.description ?? '',
    options: fields.options?.map((each) => withoutEmpty(each)) as CommandInput['options'],
    default_member_permissions: fields.default_member_permissions,
    dm_permission: fields.dm_permission ?? undefined,
    contexts: fields.contexts,
    integration_types: fields.integration_types ?? undefined,
    nsfw: fields.nsfw ?? undefined,
    name_localizations: otherThan(fields.name, fields.name_localizations),
    description_localizations: otherThan(fields.description ?? '', fields.description_localizations),
  }
}

type Localizations = Partial<Record<Locale, string>> | null | undefined

/** "Any localized values that are identical to the default will be ignored." */
function otherThan(text: string, localizations: Localizations): Record<string, string> | null {
  const others = Object.entries(localizations ?? {}).filter(([, value]) => value !== text)
  return others.length === 0 ? null : Object.fromEntries(others)
}

interface Named {
  name: string
  name_localizations?: Localizations
  description?: string
  description_localizations?: Localizations
  choices?: Named[] | null | undefined
  options?: Named[] | null | undefined
}

/** An option as Discord keeps it: nothing that is null, no localization that says the same. */
function withoutEmpty(named: Named): Record<string, unknown> {
  const kept = {
    ...named,
    name_localizations: otherThan(named.name, named.name_localizations),
    description_localizations: otherThan(named.description ?? '', named.description_localizations),
    choices: named.choices?.length ? named.choices.map(withoutEmpty) : null,
    options: named.options?.length ? named.options.map(withoutEmpty) : null,
  }
  return Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== null && value !== undefined))
}

function requireSlashCommand(fields: z.output<typeof commandSchema>, path: string): void {
  const at = (field: string) => (path === '' ? field : `${path}.${field}`)
  const names = [fields.name, ...Object.values(fields.name_localizations ?? {})]
  if (!names.every((name) => slashName.safeParse(name).success))
    throw invalidField(at('name'), 'APPLICATION_COMMAND_INVALID_NAME', 'Command name is invalid')
  if (!fields.description)
    throw invalidField(at('description'), 'BASE_TYPE_REQUIRED', 'This field is required')
  requireOptions(fields.options ?? [], at('options'))
  const length = lengthOf(fields as Named)
  if (length > mostCharacters) {
    const message = `Command exceeds maximum size (${mostCharacters})`
    throw invalidForm([
      { path: path === '' ? [] : path.split('.'), code: 'APPLICATION_COMMAND_TOO_LARGE', message },
    ])
  }
}

/** The characters of names, descriptions and values; of each text its longest localization counts. */
function lengthOf(named: Named & { value?: unknown }): number {
  const longest = (text: string | undefined, localizations: Localizations) =>
    Math.max(text?.length ?? 0, ...Object.values(localizations ?? {}).map((value) => value.length))
  return [...(named.choices ?? []), ...(named.options ?? [])].reduce(
    (sum, part) => sum + lengthOf(part),
    longest(named.name, named.name_localizations) +
      longest(named.description, named.description_localizations) +
      (typeof named.value === 'string' || typeof named.value === 'number' ? `${named.value}`.length : 0),
  )
}

function requireOptions(options: Option[], path: string): void {
  const isBranch = ({ type }: Option) => type === 1 || type === 2
  if (options.some(isBranch) && !options.every(isBranch)) {
    throw invalidField(
      path,
      'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID',
      'Sub-command and sub-command group option types are mutually exclusive to all other types',
    )
  }
  let optionalSeen = false
  const names = new Set<string>()
  for (const [index, each] of options.entries()) {
    const at = `${path}.${index}`
    if (names.has(each.name)) {
      throw invalidField(
        `${at}.name`,
        'APPLICATION_COMMAND_OPTIONS_NAME_INVALID',
        'Option names must be unique',
      )
    }
    names.add(each.name)
    const required = 'required' in each && each.required === true
    if (required && optionalSeen) {
      throw invalidField(
        at,
        'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID',
        'Required options must be placed before non-required options',
      )
    }
    optionalSeen ||= !required
    requireConsistent(each, at)
    if ('options' in each) requireOptions(each.options ?? [], `${at}.options`)
  }
}

/** The rules of one option that its fields have among themselves. */
function requireConsistent(each: Option, at: string): void {
  if ('autocomplete' in each && each.autocomplete && each.choices?.length) {
    throw invalidField(
      `${at}.autocomplete`,
      'BASE_TYPE_INVALID',
      'Autocomplete may not be set to true if choices are present',
    )
  }
  const [low, high] =
    'min_length' in each
      ? [each.min_length, each.max_length]
      : 'min_value' in each
        ? [each.min_value, each.max_value]
        : []
  if (typeof low === 'number' && typeof high === 'number' && low > high)
    throw invalidField(at, 'BASE_TYPE_INVALID', 'The minimum is above the maximum')
}

/** The stored command with a patch over it, checked as a whole. */
export function patchCommand(present: object, body: unknown): CommandInput {
  const fields = parseForm(commandPatchSchema, body)
  return toCommandInput(parseForm(commandSchema, { ...present, ...fields }))
}
