import { expect, it } from 'vitest'
import { monogramOf } from './monogram.ts'

it.each([
  ['Mossy Workshop', 'MW'],
  ['tidepool', 'T'],
  ['the quiet room', 'TQ'],
  ['👩‍🚀 Orbit', '👩‍🚀O'],
  ['  ', '?'],
])('the monogram of "%s" is "%s"', (name, monogram) => {
  expect(monogramOf(name)).toBe(monogram)
})
