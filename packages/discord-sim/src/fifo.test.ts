import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Fifo } from './fifo.ts'

test('what goes in comes out, in its order, whatever is taken in between', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat())), (steps) => {
      const queue = new Fifo<number>()
      const model: number[] = []
      for (const step of steps) {
        if (step === null) expect(queue.take()).toBe(model.shift())
        else {
          queue.push(step)
          model.push(step)
        }
        expect(queue.oldest).toBe(model[0])
        expect(queue.toArray()).toEqual(model)
      }
    }),
  )
})

test('a long queue keeps nothing of what was taken', () => {
  const queue = new Fifo<number>()
  for (let index = 0; index < 10_000; index++) queue.push(index)
  for (let index = 0; index < 9_000; index++) expect(queue.take()).toBe(index)
  expect(queue.length).toBe(1_000)
  expect(queue.toArray()).toEqual(Array.from({ length: 1_000 }, (_, index) => 9_000 + index))
  queue.clear()
  expect(queue.take()).toBeUndefined()
})
