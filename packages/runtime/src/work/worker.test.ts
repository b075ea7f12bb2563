import { describe, expect, test } from 'vitest'
import { ManualTime } from '../testing/index.ts'
import { type Pause, Worker, type RetriedWork, type WorkerBase } from './worker.ts'

const backoff = { firstMs: 100, maxMs: 400, jitter: 'none' } as const

/** A worker whose runs the test ends. */
function world(options: Partial<WorkerBase & RetriedWork> = {}) {
  const time = new ManualTime()
  const begunAt: number[] = []
  const failures: [string, number][] = []
  let current: { ends: PromiseWithResolvers<Pause>; signal: AbortSignal } | null = null
  const worker = new Worker({
    work: async ({ signal }) => {
      begunAt.push(time.now())
      current = { ends: Promise.withResolvers<Pause>(), signal }
      return current.ends.promise
    },
    backoff,
    onFailure: (error, count) => void failures.push([String(error), count]),
    timers: time,
    ...options,
  })
  const finish = async (pauseMs: Pause) => {
    current?.ends.resolve(pauseMs)
    await time.advance()
  }
  const fail = async (message: string) => {
    current?.ends.reject(new Error(message))
    await time.advance()
  }
  return { time, worker, begunAt, failures, finish, fail, signal: () => current?.signal }
}

describe('runs', () => {
  test('the first comes at once, the next after the pause that a run asks for', async () => {
    const { time, worker, begunAt, finish } = world()
    void worker.run()
    await time.advance()
    await finish(500)
    await time.advance(499)
    expect(begunAt).toEqual([0])
    await time.advance(1)
    expect(begunAt).toEqual([0, 500])
  })

  test('a worker that waits for its first wake runs only then', async () => {
    const { time, worker, begunAt } = world({ firstPauseMs: null })
    void worker.run()
    await time.advance(10_000)
    expect(begunAt).toEqual([])
    worker.wake()
    expect(begunAt).toEqual([])
    await time.advance()
    expect(begunAt).toEqual([10_000])
  })

  test('a wake from before the beginning counts', async () => {
    const { time, worker, begunAt } = world({ firstPauseMs: null })
    worker.wake(50)
    void worker.run()
    await time.advance(100)
    expect(begunAt).toEqual([50])
  })

  test('an idle run tells so, unless somebody wants another', async () => {
    let idle = 0
    const { time, worker, finish } = world({ onIdle: () => (idle += 1) })
    void worker.run()
    await time.advance()
    worker.wake()
    await finish(null)
    expect(idle).toBe(0)
    await finish(null)
    expect(idle).toBe(1)
  })

  test('begin once', () => {
    const { worker } = world()
    void worker.run()
    expect(() => worker.run()).toThrow('a worker runs once')
  })
})

describe('a wake', () => {
  test('shortens a pause, and never lengthens one', async () => {
    const { time, worker, begunAt, finish } = world()
    void worker.run()
    await time.advance()
    await finish(1000)
    worker.wake(5000)
    worker.wake(200)
    worker.wake(300)
    await time.advance(200)
    expect(begunAt).toEqual([0, 200])
  })

  test('during a run leads to one more run, as soon after its end as was asked', async () => {
    const { time, worker, begunAt, finish } = world()
    void worker.run()
    await time.advance()
    worker.wake(40)
    worker.wake(30)
    worker.wake(60)
    await time.advance(1000)
    expect(begunAt).toEqual([0])
    await finish(null)
    await time.advance(1000)
    expect(begunAt).toEqual([0, 1030])
  })
})

describe('a failure', () => {
  test('is told with its number, and followed by a back-off that wakes do not shorten', async () => {
    const { time, worker, begunAt, failures, fail } = world()
    void worker.run()
    await time.advance()
    for (const waitMs of [100, 200, 400, 400]) {
      await fail(`before ${waitMs} ms`)
      worker.wake()
      await time.advance(waitMs)
    }
    expect(begunAt).toEqual([0, 100, 300, 700, 1100])
    expect(failures).toEqual([
      ['Error: before 100 ms', 1],
      ['Error: before 200 ms', 2],
      ['Error: before 400 ms', 3],
      ['Error: before 400 ms', 4],
    ])
  })

  test('counts as the first again after a success, or once a long run says that it works', async () => {
    const counts: number[] = []
    const time = new ManualTime()
    const outcomes = ['fail', 'fail', 'succeed', 'fail', 'fail', 'work, then fail', 'fail']
    const worker = new Worker({
      work: ({ succeeded }) => {
        const outcome = outcomes.shift()
        if (outcome === undefined) return null
        if (outcome === 'succeed') return 0
        if (outcome !== 'fail') succeeded()
        throw new Error(outcome)
      },
      backoff,
      onFailure: (_, failures) => void counts.push(failures),
      timers: time,
    })
    void worker.run()
    await time.advance(10_000)
    expect(counts).toEqual([1, 2, 1, 2, 1, 2])
  })

  test('that cannot be healed ends the worker: `run` rejects, nothing runs any more', async () => {
    const { time, worker, begunAt, fail } = world({
      onFailure: (error) => {
        throw error
      },
    })
    const ended = worker.run().catch(String)
    await time.advance()
    await fail('another incarnation')
    expect(await ended).toBe('Error: another incarnation')
    worker.wake()
    await time.advance(10_000)
    expect(begunAt).toEqual([0])
    await worker.stop()
  })
})

test('a failure ends a worker whose work is not retried', async () => {
  const time = new ManualTime()
  let runs = 0
  const worker = new Worker({
    work() {
      runs += 1
      if (runs === 3) throw new Error('superseded')
      return 100
    },
    timers: time,
  })
  const ended = worker.run().catch(String)
  await time.advance(10_000)
  expect(await ended).toBe('Error: superseded')
  expect(runs).toBe(3)
})

describe('the end', () => {
  test('drain lets the run under way finish and begins no other', async () => {
    const { time, worker, begunAt, finish, signal } = world()
    const ended = worker.run()
    await time.advance()
    const drained = worker.drain(1000)
    worker.wake()
    await time.advance(999)
    expect(signal()?.aborted).toBe(false)
    await finish(0)
    await Promise.all([drained, ended])
    await time.advance(10_000)
    expect(begunAt).toEqual([0])
    expect(time.pending).toBe(0)
  })

  test('drain lets a run begin that was due already, and none that was to come later', async () => {
    for (const [withinMs, runs] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const { time, worker, begunAt, finish } = world({ firstPauseMs: null })
      void worker.run()
      worker.wake(withinMs)
      const drained = worker.drain(1000)
      await time.advance(10)
      await finish(0)
      await drained
      expect(begunAt).toHaveLength(runs)
      expect(time.pending).toBe(0)
    }
  })

  test('drain aborts a run that takes too long', async () => {
    const { time, worker, finish, signal } = world()
    void worker.run()
    await time.advance()
    const drained = worker.drain(1000)
    await time.advance(1000)
    expect(signal()?.aborted).toBe(true)
    await finish(0)
    await drained
  })

  test('stop aborts the run under way; what that throws is no failure', async () => {
    const { time, worker, failures, fail, signal } = world()
    void worker.run()
    await time.advance()
    const stopped = worker.stop()
    expect(signal()?.aborted).toBe(true)
    await fail('aborted')
    await stopped
    expect(failures).toEqual([])
  })

  test('the signal that it was given stops it, also before it began', async () => {
    const { time, worker, begunAt } = world()
    await worker.run(AbortSignal.abort())
    await time.advance(10_000)
    expect(begunAt).toEqual([])
    expect(time.pending).toBe(0)
  })

  test('one that never began ends as well', async () => {
    const { time, worker, begunAt } = world()
    await worker.drain()
    await worker.run()
    await time.advance(10_000)
    expect(begunAt).toEqual([])
  })
})
