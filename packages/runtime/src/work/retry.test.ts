import { expect, test } from 'vitest'
import { ManualTime } from '../testing/index.ts'
import { retry } from './retry.ts'

function world(failures: number) {
  const time = new ManualTime()
  const ending = new AbortController()
  const attemptsAt: number[] = []
  const reported: unknown[] = []
  const attempt = async () => {
    attemptsAt.push(time.now())
    if (attemptsAt.length <= failures) throw new Error(`attempt ${attemptsAt.length}`)
    return 'done'
  }
  const options = {
    backoff: { firstMs: 100, maxMs: 300, jitter: 'none' },
    signal: ending.signal,
    onFailure: (error: unknown, count: number) => void reported.push([String(error), count]),
    timers: time,
  } as const
  return { time, ending, attempt, attemptsAt, reported, options }
}

test('tries with a back-off until it succeeds, and tells of each failure', async () => {
  const { time, attempt, attemptsAt, reported, options } = world(3)
  const result = retry(attempt, options)
  await time.advance(10_000)
  expect(await result).toBe('done')
  expect(attemptsAt).toEqual([0, 100, 300, 600])
  expect(reported).toEqual([
    ['Error: attempt 1', 1],
    ['Error: attempt 2', 2],
    ['Error: attempt 3', 3],
  ])
})

test('its signal ends the waiting: no attempt follows', async () => {
  const { time, ending, attempt, attemptsAt, options } = world(Infinity)
  const ended = retry(attempt, options).catch(String)
  await time.advance(150)
  ending.abort(new Error('no longer wanted'))
  expect(await ended).toBe('Error: no longer wanted')
  await time.advance(10_000)
  expect(attemptsAt).toEqual([0, 100])
  expect(time.pending).toBe(0)
})

test('gives up if it is told to', async () => {
  const { time, attempt, attemptsAt, options } = world(Infinity)
  const ended = retry(attempt, {
    ...options,
    onFailure: (error) => {
      throw error
    },
  }).catch(String)
  await time.advance(10_000)
  expect(await ended).toBe('Error: attempt 1')
  expect(attemptsAt).toEqual([0])
})
