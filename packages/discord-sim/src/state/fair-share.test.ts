import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fairShare } from './fair-share.ts'

const kept = (sizes: readonly number[], share: number) =>
  sizes.reduce((sum, size) => sum + Math.min(size, share), 0)

test('no more than the total is kept, and one more each would be too much', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100)), fc.nat(2_000), (sizes, total) => {
      const share = fairShare(sizes, total)
      expect(kept(sizes, share)).toBeLessThanOrEqual(total)
      if (share === Number.POSITIVE_INFINITY) return
      expect(kept(sizes, share + 1)).toBeGreaterThan(total)
    }),
  )
})

test('whoever has little keeps all of it', () => {
  expect(fairShare([3, 100, 200], 103)).toBe(50)
  expect(fairShare([3, 4], 100)).toBe(Number.POSITIVE_INFINITY)
})
