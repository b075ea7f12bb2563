import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decideRestart, describeExit } from './restart-decision.ts'

const killed = { code: null, signal: 'SIGKILL' }

describe('deciding on a restart', () => {
  test('a process that was killed while it served comes back almost at once', () => {
    expect(
      decideRestart({ exit: killed, ranMs: 60_000, wasReady: true, everReady: true, failures: 0 }),
    ).toEqual({
      action: 'restart',
      afterMs: 200,
      failures: 1,
    })
  })

  test('the delay doubles while restarts do not last, up to ten seconds', () => {
    const delays = Array.from({ length: 9 }, (_, failures) => {
      const decision = decideRestart({ exit: killed, ranMs: 100, wasReady: true, everReady: true, failures })
      return decision.action === 'restart' ? decision.afterMs : null
    })
    expect(delays).toEqual([200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000])
  })

  test('a steady run forgets earlier failures', () => {
    const decision = decideRestart({
      exit: killed,
      ranMs: 20_000,
      wasReady: true,
      everReady: true,
      failures: 8,
    })
    expect(decision).toMatchObject({ action: 'restart', afterMs: 200 })
  })

  test('a wrong configuration is not tried again', () => {
    const exit = { code: 2, signal: null }
    expect(decideRestart({ exit, ranMs: 50, wasReady: false, everReady: false, failures: 0 }).action).toBe(
      'give-up',
    )
  })

  test('a process that never serves is given up after four tries', () => {
    const exit = { code: 1, signal: null }
    expect(decideRestart({ exit, ranMs: 50, wasReady: false, everReady: false, failures: 2 }).action).toBe(
      'restart',
    )
    expect(decideRestart({ exit, ranMs: 50, wasReady: false, everReady: false, failures: 3 })).toEqual({
      action: 'give-up',
      reason: 'it exited 4 times in a row before it was ready',
    })
  })

  test('a process that has served is never given up, whatever kills it', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(100_000), fc.boolean(), (failures, ranMs, wasReady) => {
        const decision = decideRestart({ exit: killed, ranMs, wasReady, everReady: true, failures })
        expect(decision.action).toBe('restart')
        if (decision.action === 'restart') expect(decision.afterMs).toBeLessThanOrEqual(10_000)
      }),
    )
  })

  test('exits are put into words', () => {
    expect(describeExit(killed)).toBe('killed by SIGKILL')
    expect(describeExit({ code: 1, signal: null })).toBe('exit code 1')
  })
})
