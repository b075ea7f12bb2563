import { ManualTime } from '@guildmesh/runtime/testing'
import { expect, test } from 'vitest'
import { GapReporter, type ReportedLoss } from './gap-reporter.ts'

const loss = (generation: number): ReportedLoss => ({
  guildId: null,
  after: { generation, seq: 1 },
  before: null,
  reason: 'session-closed',
  guilds: 1,
  undelivered: 0,
})

/** A reporter whose ledger cannot be written for so many attempts. */
function setUp(failures: number) {
  const timers = new ManualTime()
  const written: number[] = []
  const failed: number[] = []
  const reporter = new GapReporter({
    record: async ({ after }) => {
      if (failures-- > 0) throw new Error('away')
      written.push(after.generation)
    },
    onFailure: ({ after }) => void failed.push(after.generation),
    timers,
  })
  return { timers, written, failed, reporter }
}

test('each data loss is written in its turn, however often the config API is away', async () => {
  const { timers, written, failed, reporter } = setUp(3)
  for (const generation of [1, 2, 3]) reporter.report(loss(generation))
  await timers.advance(5999)
  expect(written).toEqual([])
  await timers.advance(1)
  expect(written).toEqual([1, 2, 3])
  expect(failed).toEqual([1, 1, 1])
  reporter.report(loss(4))
  await timers.advance()
  expect(written).toEqual([1, 2, 3, 4])
})

test('what was reported just before the end is still written', async () => {
  const { timers, written, reporter } = setUp(0)
  reporter.report(loss(1))
  const stopped = reporter.stop()
  await timers.advance()
  await stopped
  expect(written).toEqual([1])
})

test('nothing is tried after it was stopped', async () => {
  const { timers, failed, reporter } = setUp(Infinity)
  reporter.report(loss(1))
  await timers.advance()
  await reporter.stop()
  reporter.report(loss(2))
  await timers.advance(60_000)
  expect(failed).toEqual([1])
})
