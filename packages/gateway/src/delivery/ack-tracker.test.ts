import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AckTracker } from './ack-tracker.ts'

type Step = { do: 'receive'; gap: number } | { do: 'settle'; pick: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('receive' as const), gap: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constant('settle' as const), pick: fc.nat() }),
)

interface WindowLike {
  readonly lowWatermark: number
  receive(seq: number): void
  settle(seq: number): void
}

/** Compares a window with the definition after each step: the lowest unacked seq minus one, else the last received. */
function law(make: (seq: number) => WindowLike): fc.IPropertyWithHooks<[number, Step[]]> {
  return fc.property(
    fc.nat({ max: 1000 }),
    fc.array(step, { maxLength: 200, size: 'max' }),
    (start, steps) => {
      const window = make(start)
      const open = new Set<number>()
      const all: number[] = []
      let received = start
      for (const action of steps) {
        if (action.do === 'receive') {
          received += action.gap
          window.receive(received)
          open.add(received)
          all.push(received)
        } else {
          const seq = all[action.pick % Math.max(1, all.length)]
          if (seq !== undefined) {
            window.settle(seq)
            open.delete(seq)
          }
        }
        expect(window.lowWatermark).toBe(open.size === 0 ? received : Math.min(...open) - 1)
      }
    },
  )
}

test('the low watermark is always the lowest unacknowledged seq minus one (I3)', () => {
  expect(() => fc.assert(law((seq) => new AckTracker(seq)))).not.toThrow()
})

test.each([
  [
    'commits what was received',
    (window: AckTracker): WindowLike => ({
      get lowWatermark() {
        return window.receivedSeq
      },
      receive: (seq) => window.receive(seq),
      settle: (seq) => window.settle(seq),
    }),
  ],
  [
    'settles everything below an acknowledged event',
    (window: AckTracker): WindowLike => ({
      get lowWatermark() {
        return window.lowWatermark
      },
      receive: (seq) => window.receive(seq),
      settle(seq) {
        for (let lower = window.lowWatermark + 1; lower <= seq; lower++) window.settle(lower)
      },
    }),
  ],
])('the law catches a tracker that %s', (_name, mutant) => {
  const outcome = fc.check(law((seq) => mutant(new AckTracker(seq))))
  expect(outcome.failed).toBe(true)
})

test('a long run neither grows without end nor loses its place', () => {
  const window = new AckTracker(0)
  for (let seq = 1; seq <= 100_000; seq++) {
    window.receive(seq)
    if (seq > 10) window.settle(seq - 10)
  }
  expect(window.lowWatermark).toBe(99_990)
  expect(window.openCount).toBe(10)
})

test('a seq that does not rise is a broken caller', () => {
  const window = new AckTracker(5)
  expect(() => window.receive(5)).toThrow(RangeError)
})
