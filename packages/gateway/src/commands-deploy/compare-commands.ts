import type { RESTPostAPIApplicationCommandsJSONBody } from 'discord-api-types/v10'
import { isDeepStrictEqual } from 'node:util'
import { isRecord } from '@guildmesh/runtime'

/** A field of a command (or option) and what Discord takes if it is left out; `undefined`: Discord decides. */
type Defaults = Readonly<Record<string, unknown>>

const commandDefaults: Defaults = {
  type: 1,
  description: '',
  name_localizations: null,
  description_localizations: null,
  default_member_permissions: null,
  nsfw: false,
  contexts: null,
  integration_types: undefined,
  handler: undefined,
}

const optionDefaults: Defaults = {
  type: undefined,
  name: undefined,
  description: '',
  name_localizations: null,
  description_localizations: null,
  required: false,
  autocomplete: false,
  channel_types: null,
  min_value: null,
  max_value: null,
  min_length: null,
  max_length: null,
}

/** One command that is not on Discord as it is defined. */
export interface CommandDifference {
  readonly name: string
  readonly change: 'added' | 'removed' | 'changed'
  /** The fields that differ, of a changed one. */
  readonly fields: readonly string[]
}

/**
 * Compares the defined commands with what Discord has stored, field by field of what Discord stores.
 * @param stored the body of `GET /applications/{id}/commands?with_localizations=true`
 */
export function compareCommands(
  defined: readonly RESTPostAPIApplicationCommandsJSONBody[],
  stored: readonly unknown[],
): CommandDifference[] {
  const storedByKey = new Map(stored.filter(isRecord).map((command) => [keyOf(command), command]))
  const differences: CommandDifference[] = []
  for (const command of defined) {
    const wanted: Record<string, unknown> = { ...command }
    const key = keyOf(wanted)
    const found = storedByKey.get(key)
    storedByKey.delete(key)
    if (!found) differences.push({ name: command.name, change: 'added', fields: [] })
    else {
      const fields = differingFields(wanted, found)
      if (fields.length > 0) differences.push({ name: command.name, change: 'changed', fields })
    }
  }
  for (const left of storedByKey.values()) {
    differences.push({ name: String(left.name), change: 'removed', fields: [] })
  }
  return differences
}

/** A name is unique within a type: a user command and a slash command may share it. */
function keyOf(command: Record<string, unknown>): string {
  return JSON.stringify([command.type ?? 1, command.name])
}

function differingFields(wanted: Record<string, unknown>, found: Record<string, unknown>): string[] {
  const [told, stored] = [ownTexts(wanted), ownTexts(found)]
  const fields = Object.keys(commandDefaults).filter((field) =>
    differs(told, stored, field, commandDefaults[field]),
  )
  if (!isDeepStrictEqual(optionsOf(wanted.options), optionsOf(found.options))) fields.push('options')
  return fields
}

function differs(
  wanted: Record<string, unknown>,
  found: Record<string, unknown>,
  field: string,
  fallback: unknown,
): boolean {
  const value = wanted[field]
  if (value === undefined && fallback === undefined) return false
  return !isDeepStrictEqual(plain(value ?? fallback), plain(found[field] ?? fallback))
}

/**
 * A command, option or choice without localizations that repeat the default: Discord does not keep those.
 * Source: https://docs.discord.com/developers/interactions/application-commands#localization
 */
function ownTexts(part: Record<string, unknown>): Record<string, unknown> {
  return {
    ...part,
    name_localizations: otherThan(part.name, part.name_localizations),
    description_localizations: otherThan(part.description, part.description_localizations),
  }
}

function otherThan(text: unknown, localizations: unknown): unknown {
  if (!isRecord(localizations)) return localizations
  return Object.fromEntries(Object.entries(localizations).filter(([, value]) => value !== text))
}

function optionsOf(options: unknown): unknown[] {
  return Array.isArray(options) ? options.filter(isRecord).map(optionOf) : []
}

function optionOf(given: Record<string, unknown>): unknown {
  const option = ownTexts(given)
  const fields = Object.entries(optionDefaults).map(([field, fallback]): [string, unknown] => [
    field,
    plain(option[field] ?? fallback),
  ])
  return Object.fromEntries([
    ...fields,
    ['choices', choicesOf(option.choices)],
    ['options', optionsOf(option.options)],
  ])
}

function choicesOf(choices: unknown): unknown[] {
  if (!Array.isArray(choices)) return []
  return choices
    .filter(isRecord)
    .map(ownTexts)
    .map(({ name, value, name_localizations }) => ({
      name,
      value,
      name_localizations: plain(name_localizations ?? null),
    }))
}

function byText(a: unknown, b: unknown): number {
  return String(a) < String(b) ? -1 : 1
}

/** Order carries no meaning in lists of types, and an empty list or record means the same as none. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? null : value.toSorted(byText)
  if (isRecord(value)) return Object.keys(value).length === 0 ? null : { ...value }
  return value
}
