import { expect, test } from 'vitest'
import { CtrlC } from './ctrl-c.ts'

test('the first Ctrl-C ends politely, echoes of it do nothing, a second one ends at once', () => {
  const keys = new CtrlC()
  expect([0, 3, 399, 400, 900].map((at) => keys.pressed(1000 + at))).toEqual([
    'politely',
    'nothing new',
    'nothing new',
    'at once',
    'at once',
  ])
})
