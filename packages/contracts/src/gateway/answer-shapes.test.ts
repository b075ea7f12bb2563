import { expect, test } from 'vitest'
import { answerShapeOf } from './answer-shapes.ts'

test('an autocomplete is always answered by choices, whatever its command', () => {
  expect(answerShapeOf({ type: 4, command: 'setup', customId: null })).toBe('autocomplete')
})

test('a known command and a known component have their own shapes', () => {
  expect(answerShapeOf({ type: 2, command: 'setup', customId: null })).toBe('ephemeral')
  expect(answerShapeOf({ type: 3, command: null, customId: 'setup|draft|3' })).toBe('update')
})

test('what nobody registered is answered to the person only', () => {
  for (const type of [2, 3, 5, 99]) {
    expect(answerShapeOf({ type, command: 'nobody', customId: 'setup-other' })).toBe('ephemeral')
    expect(answerShapeOf({ type, command: null, customId: null })).toBe('ephemeral')
  }
})
