import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseSearch, stringifySearch } from './search-text.ts'

it('keeps a Discord id as it is written', () => {
  expect(parseSearch('?guild=81384788765712384')).toEqual({ guild: '81384788765712384' })
})

it('writes nothing for an empty search', () => {
  expect(stringifySearch({ lookback: undefined })).toBe('')
})

it('reads back what it wrote', () => {
  const name = fc.string({ unit: 'grapheme' }).filter((each) => each !== '__proto__')
  fc.assert(
    fc.property(fc.dictionary(name, fc.string({ unit: 'grapheme' }), { noNullPrototype: true }), (search) => {
      expect(parseSearch(stringifySearch(search))).toEqual(search)
    }),
  )
})
