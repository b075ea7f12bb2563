import { expect, test } from 'vitest'
import { pageJob } from './message-pages.ts'

const job = (after: string, through: string) => pageJob({ channelId: '1', after, through }, 0).id

test('two gaps of a channel whose reading ends at the same message have jobs of their own; the same stretch has one', () => {
  expect(job('2', '12')).not.toBe(job('7', '12'))
  expect(job('2', '12')).not.toBe(job('2', '7'))
  expect(job('2', '12')).toBe(job('2', '12'))
})
