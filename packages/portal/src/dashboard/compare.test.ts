import { expect, it } from 'vitest'
import { compare } from './compare.ts'

it.each([
  [0, 0, { kind: 'same' }],
  [7, 0, { kind: 'first' }],
  [110, 100, { kind: 'more', percent: 10 }],
  [0, 50, { kind: 'less', percent: 100 }],
  [1001, 1000, { kind: 'same' }],
  [300, 100, { kind: 'more', percent: 200 }],
])('%i after %i is %j', (now, before, comparison) => {
  expect(compare(now, before)).toEqual(comparison)
})
