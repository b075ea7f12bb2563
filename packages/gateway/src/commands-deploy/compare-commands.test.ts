import { ApplicationCommandOptionType, ApplicationCommandType } from 'discord-api-types/v10'
import { expect, test } from 'vitest'
import { compareCommands } from './compare-commands.ts'
import { deployCommands } from './deploy-commands.ts'

const setup = {
  name: 'setup',
  description: 'Sets the bot up',
  default_member_permissions: '32',
  options: [
    {
      type: ApplicationCommandOptionType.Role as const,
      name: 'role',
      description: 'Moderators',
      required: true,
    },
    { type: ApplicationCommandOptionType.String as const, name: 'note', description: 'A note' },
  ],
}
/** As Discord gives it back: ids, versions and every default spelled out. */
const stored = {
  id: '1',
  application_id: '2',
  version: '3',
  type: 1,
  name: 'setup',
  name_localizations: null,
  description: 'Sets the bot up',
  description_localizations: null,
  default_member_permissions: '32',
  dm_permission: true,
  contexts: null,
  integration_types: [0],
  nsfw: false,
  options: [
    { type: 8, name: 'role', name_localizations: null, description: 'Moderators', required: true },
    { type: 3, name: 'note', description: 'A note', description_localizations: null },
  ],
}

test('what Discord spells out by itself is no difference', () => {
  expect(compareCommands([setup], [stored])).toEqual([])
})

// "Any localized values that are identical to the default will be ignored."
test('a localization that repeats the default is no difference: Discord does not keep it', () => {
  const defined = {
    ...setup,
    name_localizations: { 'en-US': 'setup' },
    options: setup.options.map((option) => ({
      ...option,
      description_localizations: { 'en-GB': option.description },
    })),
  }
  expect(compareCommands([defined], [stored])).toEqual([])
})

test.each([
  ['description', { ...stored, description: 'Another' }],
  ['description_localizations', { ...stored, description_localizations: { de: 'Richtet ein' } }],
  ['default_member_permissions', { ...stored, default_member_permissions: '8' }],
  ['nsfw', { ...stored, nsfw: true }],
  ['contexts', { ...stored, contexts: [0] }],
  ['options', { ...stored, options: stored.options.toReversed() }],
  ['options', { ...stored, options: [{ ...stored.options[0], required: false }, stored.options[1]] }],
  [
    'options',
    {
      ...stored,
      options: [stored.options[0], { ...stored.options[1], choices: [{ name: 'a', value: 'a' }] }],
    },
  ],
  ['options', { ...stored, options: [stored.options[0], { ...stored.options[1], max_length: 5 }] }],
])('a stored field that differs is seen: %s', (field, found) => {
  expect(compareCommands([setup], [found])).toEqual([{ name: 'setup', change: 'changed', fields: [field] }])
})

test('a command of another type with the same name is another command', () => {
  const menu = { name: 'setup', type: ApplicationCommandType.User as const }
  expect(compareCommands([setup, menu], [stored])).toEqual([{ name: 'setup', change: 'added', fields: [] }])
  expect(compareCommands([], [stored])).toEqual([{ name: 'setup', change: 'removed', fields: [] }])
})

test('deploying twice writes once', async () => {
  let held: readonly unknown[] = []
  let writes = 0
  const api = {
    read: async () => held,
    overwrite: async (commands: readonly object[]) => {
      writes += 1
      held = commands.map((command, index) => ({
        ...command,
        id: String(index),
        nsfw: false,
        contexts: null,
      }))
    },
  }
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  expect(await deployCommands(api, [setup], log)).toBe(true)
  expect(await deployCommands(api, [setup], log)).toBe(false)
  expect(writes).toBe(1)
})
