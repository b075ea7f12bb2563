import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AckTracker } from './ack-tracker.ts'

type Step = { do: 'receive'; gap: number } | { do: 'settle'; pick: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('receive' as const), gap: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constant('settle' as const), pick: fc.nat() }),
)

type TrackerLike = Pick<AckTracker, 'lowWatermark' | 'receive' | 'settle'>

/** Compares a tracker with the definition after each step: the lowest unacked seq minus one, else the last received. */
function law(make: (seq: number) => TrackerLike): fc.IPropertyWithHooks<[number, Step[]]> {
  return fc.property(
    fc.nat({ max: 1000 }),
    fc.array(step, { maxLength: 200, size: 'max' }),
    (start, steps) => {
      const tracker = make(start)
      const open = new Set<number>()
      const all: number[] = []
      let received = start
      for (const action of steps) {
        if (action.do === 'receive') {
          received += action.gap
          tracker.receive(received)
          open.add(received)
          all.push(received)
        } else {
          const seq = all[action.pick % Math.max(1, all.length)]
          if (seq !== undefined) {
            tracker.settle(seq)
            open.delete(seq)
          }
        }
        expect(tracker.lowWatermark).toBe(open.size === 0 ? received : Math.min(...open) - 1)
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
    (tracker: AckTracker): TrackerLike => ({
      get lowWatermark() {
        return tracker.receivedSeq
      },
      receive: (seq) => tracker.receive(seq),
      settle: (seq) => tracker.settle(seq),
    }),
  ],
  [
    'settles everything below an acknowledged event',
    (tracker: AckTracker): TrackerLike => ({
      get lowWatermark() {
        return tracker.lowWatermark
      },
      receive: (seq) => tracker.receive(seq),
      settle(seq) {
        for (let lower = tracker.lowWatermark + 1; lower <= seq; lower++) tracker.settle(lower)
      },
    }),
  ],
])('the law catches a tracker that %s', (_name, mutant) => {
  const outcome = fc.check(law((seq) => mutant(new AckTracker(seq))))
  expect(outcome.failed).toBe(true)
})

test('a seq that does not rise is a broken caller', () => {
  const tracker = new AckTracker(5)
  expect(() => tracker.receive(5)).toThrow(RangeError)
})
