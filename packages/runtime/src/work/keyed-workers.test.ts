import { expect, test } from 'vitest'
import { ManualTime } from '../testing/index.ts'
import { KeyedWorkers } from './keyed-workers.ts'
import type { Pause } from './worker.ts'

function world() {
  const time = new ManualTime()
  const ran: [string, number][] = []
  const pauses = new Map<string, (Pause | Error)[]>()
  const failed: [string, number][] = []
  const workers = new KeyedWorkers<string>({
    work: (key) => {
      ran.push([key, time.now()])
      const outcome = pauses.get(key)?.shift() ?? null
      if (outcome instanceof Error) throw outcome
      return outcome
    },
    backoff: { firstMs: 100, maxMs: 1000, jitter: 'none' },
    onFailure: (key, _, failures) => void failed.push([key, failures]),
    timers: time,
  })
  return { time, ran, pauses, failed, workers }
}

test('each key has its own pauses and failures', async () => {
  const { time, ran, pauses, failed, workers } = world()
  pauses.set('slow', [300]).set('broken', [new Error('once'), new Error('twice')])
  for (const key of ['slow', 'broken', 'quick']) workers.wake(key)
  await time.advance(1000)
  expect(ran).toEqual([
    ['slow', 0],
    ['broken', 0],
    ['quick', 0],
    ['broken', 100],
    ['slow', 300],
    ['broken', 300],
  ])
  expect(failed).toEqual([
    ['broken', 1],
    ['broken', 2],
  ])
})

test('a key with nothing to do is forgotten, and remembered when it is woken', async () => {
  const { time, ran, workers } = world()
  workers.wake('a')
  expect(workers.size).toBe(1)
  await time.advance()
  expect(workers.size).toBe(0)
  workers.wake('a', 50)
  await time.advance(50)
  expect(ran).toEqual([
    ['a', 0],
    ['a', 50],
  ])
})

test.each(['drain', 'stop'] as const)('after %s no key runs, known or not', async (way) => {
  const { time, ran, pauses, workers } = world()
  pauses.set('a', [100])
  workers.wake('a')
  await time.advance()
  await workers[way]()
  workers.wake('a')
  workers.wake('b')
  await time.advance(10_000)
  expect(ran).toEqual([['a', 0]])
  expect(workers.size).toBe(0)
})
