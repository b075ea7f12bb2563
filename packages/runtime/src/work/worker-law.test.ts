import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ManualTime } from '../testing/index.ts'
import { backoffMs } from './backoff.ts'
import { type Pause, Worker } from './worker.ts'

const backoff = { firstMs: 50, maxMs: 800, jitter: 'half' } as const

type Step =
  | { readonly do: 'wake'; readonly withinMs: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'finish'; readonly pauseMs: Pause }
  | { readonly do: 'fail' }

const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('wake' as const), withinMs: fc.nat(200) }),
    fc.record({ do: fc.constant('pass' as const), ms: fc.nat(500) }),
    fc.record({ do: fc.constant('finish' as const), pauseMs: fc.option(fc.nat(1000), { nil: null }) }),
    fc.record({ do: fc.constant('fail' as const) }),
  ),
  { maxLength: 40 },
)
const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

/** When runs must begin, told by what a worker promises. */
class Promised {
  readonly begunAt: number[] = []
  #dueAtMs: Pause = 0
  #mayHurry = true
  #isUnderWay = false
  #wokenMs: Pause = null
  #failures = 0
  readonly #random: number

  constructor(random: number) {
    this.#random = random
  }

  step(step: Step, nowMs: number): void {
    switch (step.do) {
      case 'wake':
        if (this.#isUnderWay) this.#wokenMs = Math.min(this.#wokenMs ?? Infinity, step.withinMs)
        else if (this.#mayHurry) this.#dueAtMs = Math.min(this.#dueAtMs ?? Infinity, nowMs + step.withinMs)
        break
      case 'finish': {
        if (!this.#isUnderWay) break
        const pauseMs = Math.min(step.pauseMs ?? Infinity, this.#wokenMs ?? Infinity)
        this.#failures = 0
        this.#end(pauseMs === Infinity ? null : nowMs + pauseMs, true)
        break
      }
      case 'fail':
        if (!this.#isUnderWay) break
        this.#failures += 1
        this.#end(nowMs + backoffMs(backoff, this.#failures, this.#random), false)
        break
      case 'pass':
        break
      default:
        step satisfies never
    }
    const untilMs = nowMs + (step.do === 'pass' ? step.ms : 0)
    if (this.#isUnderWay || this.#dueAtMs === null || this.#dueAtMs > untilMs) return
    this.begunAt.push(this.#dueAtMs)
    this.#isUnderWay = true
    this.#wokenMs = null
  }

  #end(dueAtMs: Pause, mayHurry: boolean): void {
    this.#isUnderWay = false
    this.#dueAtMs = dueAtMs
    this.#mayHurry = mayHurry
  }
}

/** A worker whose runs end when the test says so. */
function observedWorker(random: number) {
  const time = new ManualTime()
  const begunAt: number[] = []
  const seen = { underWay: 0, most: 0 }
  let current = Promise.withResolvers<Pause>()
  const worker = new Worker({
    work: async ({ signal }) => {
      begunAt.push(time.now())
      seen.most = Math.max(seen.most, ++seen.underWay)
      const end = Promise.withResolvers<Pause>()
      current = end
      signal.addEventListener('abort', () => end.reject(new Error('aborted')))
      try {
        return await end.promise
      } finally {
        seen.underWay -= 1
      }
    },
    backoff,
    onFailure: () => {},
    timers: time,
    random: () => random,
  })
  const step = async (one: Step) => {
    if (one.do === 'wake') worker.wake(one.withinMs)
    else if (seen.underWay > 0 && one.do === 'finish') current.resolve(one.pauseMs)
    else if (seen.underWay > 0 && one.do === 'fail') current.reject(new Error('failed'))
    await time.advance(one.do === 'pass' ? one.ms : 0)
  }
  return { time, worker, begunAt, seen, step }
}

test('whatever happens to it, it runs exactly when it must, and one run at a time', async () => {
  await fc.assert(
    fc.asyncProperty(steps, randoms, async (all, random) => {
      const { time, worker, begunAt, seen, step } = observedWorker(random)
      const promised = new Promised(random)
      void worker.run()
      for (const one of [{ do: 'pass', ms: 0 } as const, ...all]) {
        const nowMs = time.now()
        await step(one)
        promised.step(one, nowMs)
        expect(begunAt).toEqual(promised.begunAt)
      }
      expect(seen.most).toBe(1)
      await worker.stop()
    }),
  )
})

test('it can be ended at any moment, and nothing runs after that', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.constantFrom('stop', 'drain'), randoms, async (all, way, random) => {
      const { time, worker, begunAt, seen, step } = observedWorker(random)
      const ended = worker.run()
      for (const one of all) await step(one)
      const closed = worker[way === 'stop' ? 'stop' : 'drain']()
      await time.advance(5000)
      await Promise.all([closed, ended])
      const { length } = begunAt
      expect(seen.underWay).toBe(0)
      worker.wake()
      await time.advance(10_000)
      expect(begunAt).toHaveLength(length)
      expect(time.pending).toBe(0)
    }),
  )
})
