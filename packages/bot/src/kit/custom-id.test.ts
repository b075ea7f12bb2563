import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { customIdCodec } from './custom-id.ts'

const codec = customIdCodec('thing', { id: z.string().min(1), count: z.coerce.number().int().min(0) })
const word = fc.string({ minLength: 1, maxLength: 40 }).filter((text) => !text.includes('|'))

test('what is encoded is decoded again', () => {
  fc.assert(
    fc.property(word, fc.nat(), (id, count) => {
      expect(codec.decode(codec.encode({ id, count }))).toEqual({ id, count })
    }),
  )
})

test.each(['', 'thing', 'thing|a', 'thing|a|1|2', 'thing|a|x', 'thing|a|-1', 'other|a|1', 'thing||1'])(
  'the foreign or broken id %j is no id of this kind',
  (customId) => {
    expect(codec.decode(customId)).toBeNull()
  },
)

test('ids that Discord would refuse, or that could not be read back, are not made', () => {
  expect(() => codec.encode({ id: 'x'.repeat(100), count: 1 })).toThrow(/100/)
  expect(() => codec.encode({ id: 'a|b', count: 1 })).toThrow(/may not hold/)
})
