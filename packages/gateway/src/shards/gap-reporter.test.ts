import { expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { GapReporter, type ReportedGap } from './gap-reporter.ts'

const gap = (generation: number): ReportedGap => ({
  guildId: null,
  after: { generation, seq: 1 },
  before: null,
  reason: 'a test',
  guilds: 1,
  undelivered: 0,
})

test('each gap is written in its turn, however often the config API is away', async () => {
  const written: number[] = []
  let failures = 3
  const reporter = new GapReporter({
    retryMs: 1,
    record: async ({ after }) => {
      if (failures > 0) {
        failures -= 1
        throw new Error('away')
      }
      written.push(after.generation)
    },
    onFailure: () => {},
  })
  for (const generation of [1, 2, 3]) reporter.report(gap(generation))
  await eventually(() => written.length === 3)
  reporter.report(gap(4))
  await eventually(() => written.length === 4)
  await reporter.stop()
  expect(written).toEqual([1, 2, 3, 4])
})

test('nothing is tried after it was stopped', async () => {
  let tries = 0
  const reporter = new GapReporter({
    retryMs: 1,
    record: async () => {
      tries += 1
      throw new Error('away')
    },
    onFailure: () => {},
  })
  reporter.report(gap(1))
  await reporter.stop()
  const before = tries
  reporter.report(gap(2))
  expect(tries).toBe(before)
})
