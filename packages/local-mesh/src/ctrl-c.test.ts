import { expect, test } from 'vitest'
import { CtrlC } from './ctrl-c.ts'

test('the first Ctrl-C asks for an orderly shutdown, echoes of it do nothing, a second one forces it', () => {
  const keys = new CtrlC()
  expect([0, 3, 399, 400, 900].map((at) => keys.pressed(1000 + at))).toEqual([
    'orderly',
    'repeated',
    'repeated',
    'forced',
    'forced',
  ])
})
