import type { APIApplicationCommand, APIApplicationCommandBasicOption } from 'discord-api-types/v10'
import { expect, test } from 'vitest'
import { encodeMentions, matchMentions, mentionBefore } from './mentions.ts'
import { readOptions } from './option-values.ts'
import { matchCommands, slashCommands } from './slash-commands.ts'

const command = (input: object) => ({ type: 1, description: '', ...input }) as APIApplicationCommand
const option = (input: object) => ({ description: '', ...input }) as APIApplicationCommandBasicOption

test('subcommands are offered one by one, and menus not at all', () => {
  const commands = slashCommands([
    command({ name: 'zoo' }),
    command({
      name: 'config',
      options: [
        { type: 2, name: 'log', description: '', options: [{ type: 1, name: 'set', description: '' }] },
        { type: 1, name: 'show', description: '' },
      ],
    }),
    command({ name: 'Quote', type: 3 }),
  ])
  expect(commands.map((one) => one.path)).toEqual(['config log set', 'config show', 'zoo'])
  expect(matchCommands(commands, 'sho').map((one) => one.path)).toEqual(['config show'])
})

test('an option that Discord would not take is told, the others are read by their type', () => {
  const options = [
    option({ type: 4, name: 'whole', min_value: 1 }),
    option({ type: 10, name: 'number' }),
    option({ type: 5, name: 'flag' }),
    option({ type: 3, name: 'text', max_length: 3 }),
    option({ type: 6, name: 'who', required: true }),
  ]
  expect(readOptions(options, { whole: '2', number: '1.5', flag: 'false', text: 'abc', who: '7' })).toEqual({
    values: { whole: 2, number: 1.5, flag: false, text: 'abc', who: '7' },
    problems: {},
  })
  const wrong = readOptions(options, { whole: '0.5', number: 'x', text: 'abcd' })
  expect(Object.keys(wrong.problems)).toEqual(['whole', 'number', 'text', 'who'])
  expect(readOptions(options, { whole: '0', who: '7' }).problems).toEqual({ whole: 'At least 1' })
})

test('names that were chosen become mentions, the longer one first', () => {
  const mentions = [
    { shown: '@Ida', code: '<@1>' },
    { shown: '@Ida Moss', code: '<@2>' },
  ]
  expect(encodeMentions('@Ida Moss and @Ida', mentions)).toBe('<@2> and <@1>')
  expect(mentionBefore('hello @id', 9)).toBe('id')
  expect(mentionBefore('mail@id', 7)).toBeNull()
})

test('people and roles are offered, but not everybody at once', () => {
  const person = { id: '1', username: 'ida', name: 'Ida Moss', bot: false, owner: false, roleIds: [] }
  const role = { name: 'Idlers', color: 0, position: 1, hoist: false }
  const offered = matchMentions(
    [person],
    [
      { ...role, id: '2' },
      { ...role, id: '9' },
    ],
    'id',
    '9',
  )
  expect(offered.map((mention) => mention.code)).toEqual(['<@1>', '<@&2>'])
})
