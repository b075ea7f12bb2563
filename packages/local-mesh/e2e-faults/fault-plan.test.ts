import fc from 'fast-check'
import { expect, test } from 'vitest'
import { faultNames, planFaults } from './fault-plan.ts'

const options = fc.record({
  faults: fc.subarray([...faultNames], { minLength: 1 }),
  seconds: fc.integer({ min: 10, max: 1200 }),
  everyMs: fc.integer({ min: 1000, max: 60_000 }),
  seed: fc.nat(),
})

test('a plan has every fault, in rising order and within the time; the same seed plans the same', () => {
  fc.assert(
    fc.property(options, (wanted) => {
      const plan = planFaults(wanted)
      expect(planFaults(wanted)).toEqual(plan)
      expect(new Set(plan.map(({ fault }) => fault))).toEqual(new Set(wanted.faults))
      expect(plan.map(({ atMs }) => atMs)).toEqual(plan.map(({ atMs }) => atMs).toSorted((a, b) => a - b))
      for (const { atMs, pick } of plan) {
        expect(atMs).toBeLessThanOrEqual(wanted.seconds * 1000)
        expect(pick >= 0 && pick < 1).toBe(true)
      }
    }),
  )
})

test('another seed plans another order', () => {
  const plans = [1, 2, 3, 4].map((seed) =>
    planFaults({ faults: faultNames, seconds: 120, everyMs: 11_500, seed }),
  )
  expect(new Set(plans.map((plan) => plan.map(({ fault }) => fault).join())).size).toBe(4)
})

test('a longer campaign repeats the faults in rounds: none comes again before all others have come as often', () => {
  const plan = planFaults({ faults: faultNames, seconds: 600, everyMs: 11_500, seed: 1 })
  expect(plan.length).toBeGreaterThan(4 * faultNames.length)
  for (let begin = 0; begin < plan.length; begin += faultNames.length) {
    const round = plan.slice(begin, begin + faultNames.length).map(({ fault }) => fault)
    expect(new Set(round).size).toBe(round.length)
  }
})
