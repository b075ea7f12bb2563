import { expect, test } from 'vitest'
import { ManualTime } from '../testing/index.ts'
import { backgroundTimers, sleep, systemTimers } from './timers.ts'

test.each([
  ['the system timers', systemTimers],
  ['the background timers', backgroundTimers],
])('%s call back in order, later than they were asked, and not what was cancelled', async (_, timers) => {
  const called: string[] = []
  const all = Promise.withResolvers<void>()
  timers.after(-1, () => called.push('now'))
  timers.after(5, () => called.push('cancelled'))()
  timers.after(0, () => called.push('cancelled'))()
  timers.after(2 ** 40, () => called.push('far ahead'))()
  timers.after(10, () => {
    called.push('later')
    all.resolve()
  })
  expect(called).toEqual([])
  await all.promise
  expect(called).toEqual(['now', 'later'])
})

test('a sleep ends with its time or with its signal, and leaves nothing behind', async () => {
  const time = new ManualTime()
  const ending = new AbortController()
  const ended: string[] = []
  void sleep(100, ending.signal, time).then(() => ended.push('slept'))
  void sleep(500, ending.signal, time).then(() => ended.push('cut short'))
  await time.advance(100)
  expect(ended).toEqual(['slept'])
  ending.abort()
  await time.advance()
  expect(ended).toEqual(['slept', 'cut short'])
  expect(time.pending).toBe(0)
  await sleep(1000, ending.signal, time)
})
