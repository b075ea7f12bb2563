import fc from 'fast-check'
import { expect, test } from 'vitest'
import { measureText } from './measure-text.ts'

test.each([
  ['', 0, 0],
  ['hello world', 11, 2],
  ['  hello   world  ', 11, 2],
  ['👨‍👩‍👧 é', 3, 1],
  ["don't stop", 10, 2],
  ['run `npm test` now', 7, 2],
  ['before ```ts\nconst a = 1\n``` after', 12, 2],
  ['你好世界', 4, 2],
])('%j has %i characters and %i words of prose', (content, characters, words) => {
  expect(measureText(content)).toMatchObject({ characters, words })
})

test('code blocks are told apart from prose, with language and size', () => {
  const content = 'look:\n```TS\nconst a = 1\nconst b = 2\n```\nand\n```\nplain\n```'
  expect(measureText(content)).toEqual({
    characters: 'look: and'.length,
    words: 2,
    codeBlocks: [
      { language: 'ts', characters: 23, lines: 2 },
      { language: null, characters: 5, lines: 1 },
    ],
    links: [],
  })
})

test('a block that is never closed is prose', () => {
  expect(measureText('```ts\nconst a').codeBlocks).toEqual([])
})

test('links count as words and are kept as hosts; those in code are not links', () => {
  const figures = measureText(
    'see https://example.org/a?b=1 and <http://docs.example.com> `https://not.example`',
  )
  expect(figures.links).toEqual(['example.org', 'docs.example.com'])
  expect(figures.words).toBe(4)
})

test('any text is measured, in bounds', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (content) => {
      const { characters, words, codeBlocks } = measureText(content)
      expect(characters).toBeLessThanOrEqual(content.length)
      expect(words).toBeLessThanOrEqual(content.length)
      expect(codeBlocks.every((block) => block.characters <= content.length)).toBe(true)
    }),
  )
})

test('long messages full of marks are measured too', () => {
  for (const content of ['`'.repeat(4000), '``` '.repeat(1000), 'a`'.repeat(2000), 'https://'.repeat(500)]) {
    expect(measureText(content).codeBlocks.length).toBeLessThan(4000)
  }
})

test('plain text is counted as segmentation counts it', () => {
  const plain = fc
    .array(fc.constantFrom('word', 'a1', '7', 'It.', 'so,', 'what?', '  ', 'x', 'B!'), { maxLength: 12 })
    .map((parts) => parts.join(' '))
  const segmenter = new Intl.Segmenter('en', { granularity: 'word' })
  fc.assert(
    fc.property(fc.oneof(plain, fc.string({ maxLength: 40 })), (content) => {
      fc.pre(!content.includes('`') && !content.includes('://'))
      const prose = content.replaceAll(/\s+/g, ' ').trim()
      const words = [...segmenter.segment(prose)].filter((segment) => segment.isWordLike).length
      const characters = [...new Intl.Segmenter('en').segment(prose)].length
      expect(measureText(content)).toMatchObject({ words, characters })
    }),
  )
})
