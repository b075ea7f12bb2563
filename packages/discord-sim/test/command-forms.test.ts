// Source of this file: https://docs.discord.com/developers/interactions/application-commands
import { expect, test } from 'vitest'
import { restCaller, startFast } from './sim-fixture.ts'

async function setUp() {
  const sim = await startFast({ guilds: 1 })
  const rest = restCaller(sim)
  const path = `/applications/${sim.world.app.id}/commands`
  return { sim, rest, path, [Symbol.asyncDispose]: () => sim.stop() }
}

const option = (type: number, fields: object = {}) => ({ type, name: 'x', description: 'x', ...fields })
const choices = [{ name: 'One', value: 'one' }]
const texts = (count: number, length: number) =>
  Array.from({ length: count }, (_, index) => ({
    name: String(index),
    value: 'x'.repeat(length),
  }))

// Sections "Application Command Object", "Application Command Option Structure", "Slash Commands", "Subcommands and Subcommand
// Groups"; the codes are those of https://github.com/discord/discord-api-docs/issues/4319 and other public reports.
test.each<[what: string, command: object, at: string, code: string]>([
  ['a capital', { name: 'Ban' }, 'name', 'APPLICATION_COMMAND_INVALID_NAME'],
  ['a capital of another script', { name: 'ЖУК' }, 'name', 'APPLICATION_COMMAND_INVALID_NAME'],
  ['a space', { name: 'a b' }, 'name', 'APPLICATION_COMMAND_INVALID_NAME'],
  ['no description', { description: '' }, 'description', 'BASE_TYPE_REQUIRED'],
  ['an unknown locale', { name_localizations: { xx: 'a' } }, 'name_localizations', 'BASE_TYPE_INVALID'],
  ['a localized capital', { name_localizations: { de: 'Bann' } }, 'name', 'APPLICATION_COMMAND_INVALID_NAME'],
  ['an empty list of contexts', { contexts: [] }, 'contexts', 'BASE_TYPE_MIN_LENGTH'],
  ['a context twice', { contexts: [0, 0] }, 'contexts', 'SET_TYPE_ALREADY_CONTAINS_VALUE'],
  [
    'an option with a capital',
    { options: [option(3, { name: 'X' })] },
    'options.0.name',
    'APPLICATION_COMMAND_INVALID_NAME',
  ],
  ['an option of no type', { options: [option(12)] }, 'options.0.type', 'UNION_TYPE_CHOICES'],
  [
    'two options of one name',
    { options: [option(3), option(4)] },
    'options.1.name',
    'APPLICATION_COMMAND_OPTIONS_NAME_INVALID',
  ],
  [
    'a required option after another',
    { options: [option(3), option(3, { name: 'y', required: true })] },
    'options.1',
    'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID',
  ],
  [
    'a subcommand beside an option',
    { options: [option(1), option(3, { name: 'y' })] },
    'options',
    'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID',
  ],
  [
    'a group inside a group',
    { options: [option(2, { options: [option(2)] })] },
    'options.0.options.0.type',
    'UNION_TYPE_CHOICES',
  ],
  [
    'choices and autocomplete',
    { options: [option(3, { choices, autocomplete: true })] },
    'options.0.autocomplete',
    'BASE_TYPE_INVALID',
  ],
  [
    'a text for a number',
    { options: [option(4, { choices })] },
    'options.0.choices.0.value',
    'NUMBER_TYPE_COERCE',
  ],
  [
    'a choice that is long',
    { options: [option(3, { choices: texts(1, 101) })] },
    'options.0.choices.0.value',
    'BASE_TYPE_MAX_LENGTH',
  ],
  [
    '26 choices',
    { options: [option(3, { choices: texts(26, 5) })] },
    'options.0.choices',
    'BASE_TYPE_MAX_LENGTH',
  ],
  [
    'a length above 6,000',
    { options: [option(3, { max_length: 6_001 })] },
    'options.0.max_length',
    'NUMBER_TYPE_MAX',
  ],
  [
    'a least length above the most',
    { options: [option(3, { min_length: 9, max_length: 8 })] },
    'options.0',
    'BASE_TYPE_INVALID',
  ],
  [
    'options of a user command',
    { type: 2, description: '', options: [option(3)] },
    'options',
    'BASE_TYPE_INVALID',
  ],
  ['a description of a user command', { type: 2, description: 'x' }, 'description', 'BASE_TYPE_INVALID'],
  ['an entry point without an Activity', { type: 4, description: '' }, 'type', 'BASE_TYPE_INVALID'],
  // "a maximum of 8000 characters for combined name, description, and value properties"
  [
    '8,001 characters',
    { options: [1, 2, 3, 4].map((n) => option(3, { name: `x${n}`, choices: texts(25, 99) })) },
    '',
    'APPLICATION_COMMAND_TOO_LARGE',
  ],
])('a command with %s is refused at its place', async (_what, fields, at, code) => {
  await using mesh = await setUp()
  const command = { name: 'ban', description: 'x', ...fields }
  for (const [method, body, prefix] of [
    ['POST', command, []],
    ['PUT', [command], ['0']],
  ] as const) {
    const answer = await mesh.rest(method, mesh.path, body)
    expect(answer).toMatchObject({ status: 400, body: { code: 50035 } })
    const place = [...prefix, ...(at === '' ? [] : at.split('.')), '_errors']
    expect(answer.body).toHaveProperty(['errors', ...place, 0, 'code'], code)
  }
})

// "Any localized values that are identical to the default will be ignored."
test('a localization that says the same as the default is not kept', async () => {
  await using mesh = await setUp()
  const { body } = await mesh.rest('POST', mesh.path, {
    name: 'ban',
    name_localizations: { 'en-US': 'ban', de: 'bann' },
    description: 'Bans',
    description_localizations: { 'en-US': 'Bans' },
    options: [option(3, { name_localizations: { de: 'x' }, choices })],
  })
  expect(body).toMatchObject({ name_localizations: { de: 'bann' }, description_localizations: null })
  expect(body).not.toHaveProperty(['name_localizations', 'en-US'])
  expect(body).not.toHaveProperty('options.0.name_localizations')
})

// Section "Retrieving localized commands".
test('a list has all localizations if they are asked for, otherwise that of the reader', async () => {
  await using mesh = await setUp()
  const command = {
    name: 'ban',
    name_localizations: { de: 'bann' },
    description: 'x',
    options: [option(3, { description_localizations: { de: 'y' } })],
  }
  await mesh.rest('PUT', mesh.path, [command])
  const inFull = await mesh.rest('GET', `${mesh.path}?with_localizations=true`)
  expect(inFull.body).toMatchObject([command])
  const headers = { 'x-discord-locale': 'de' }
  const localized = await mesh.rest('GET', mesh.path, undefined, headers)
  expect(localized.body).toMatchObject([
    { name: 'ban', name_localized: 'bann', options: [{ description_localized: 'y' }] },
  ])
  expect(localized.body).not.toHaveProperty('0.name_localizations')
  expect((await mesh.rest('GET', mesh.path)).body).not.toHaveProperty('0.name_localized')
  expect(await mesh.rest('GET', `${mesh.path}?with_localizations=yes`)).toMatchObject({
    status: 400,
    body: { errors: { with_localizations: { _errors: [{ code: 'BOOLEAN_TYPE_CONVERT' }] } } },
  })
})

// "All fields are optional, but any fields provided will entirely overwrite the existing values of those fields."
test('a patch is checked together with what it leaves', async () => {
  await using mesh = await setUp()
  const made = await mesh.rest('POST', mesh.path, { name: 'ban', description: 'x', options: [option(3)] })
  const path = `${mesh.path}/${(made.body as { id: string }).id}`
  expect(await mesh.rest('PATCH', path, { description: '' })).toMatchObject({ status: 400 })
  expect((await mesh.rest('PATCH', path, { description: 'y' })).body).toMatchObject({
    name: 'ban',
    description: 'y',
    options: [{ name: 'x' }],
  })
  const without = await mesh.rest('PATCH', path, { options: [] })
  expect(without.body).not.toHaveProperty('options')
})
