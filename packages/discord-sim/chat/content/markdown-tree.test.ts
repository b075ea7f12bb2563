import { expect, test } from 'vitest'
import { isOnlyEmojis, parseMarkdown } from './markdown-tree.ts'

test('lists nest by their indentation, and begin with their number', () => {
  const [node] = parseMarkdown('- one\n  - **inner**\n  - other\n- two\n')
  expect(node).toMatchObject({
    type: 'list',
    list: {
      ordered: false,
      items: [
        { content: [{ content: 'one' }], lists: [{ items: [{ content: [{ type: 'strong' }] }, {}] }] },
        { content: [{ content: 'two' }], lists: [] },
      ],
    },
  })
  expect(parseMarkdown('3. three\n4. four')).toMatchObject([{ list: { ordered: true, start: 3 } }])
})

test('a dash inside a line, or a number without a space, is no list', () => {
  expect(parseMarkdown('well - no').some((node) => node.type === 'list')).toBe(false)
  expect(parseMarkdown('3.5 metres').some((node) => node.type === 'list')).toBe(false)
})

test('mentions, times, emojis and links are read as Discord writes them', () => {
  const kinds = parseMarkdown(
    '<@ID> <@!ID> <@&ID> <#ID> <t:1700000000:R> <:wave:ID> </book:ID> [here](https://a.example) https://b.example'.replaceAll(
      'ID',
      '123456789012345678',
    ),
  )
    .map((node) => node.type)
    .filter((type) => type !== 'text')
  expect(kinds).toEqual([
    'user',
    'user',
    'role',
    'channel',
    'timestamp',
    'emoji',
    'slashCommand',
    'link',
    'url',
  ])
})

test('what stands in code is left as it is', () => {
  expect(parseMarkdown('`**a**`')).toEqual([{ type: 'inlineCode', content: '**a**' }])
  expect(parseMarkdown('```ts\n- a\n```')).toMatchObject([{ type: 'codeBlock', lang: 'ts', content: '- a' }])
})

test('a message of emojis alone is told from others', () => {
  expect(isOnlyEmojis('🎉 👍🏽 <:wave:123456789012345678>')).toBe(true)
  expect(isOnlyEmojis('🎉 yes')).toBe(false)
  expect(isOnlyEmojis(' ')).toBe(false)
})
