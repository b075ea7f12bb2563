import { GuildId } from '@guildmesh/contracts'
import { expect, test } from 'vitest'
import { deliveryMetrics } from './delivery-metrics.ts'

const guildId = GuildId.parse('100000000000000001')

test('a sequence gap is counted once, and apart from other refusals', () => {
  const counted: [name: string, labels: object][] = []
  const silent = { set() {}, observe() {} }
  const metrics = deliveryMetrics({
    counter: (name) => ({ inc: (labels) => void counted.push([name, labels]) }),
    gauge: () => silent,
    histogram: () => silent,
  })
  metrics.refused(3, { kind: 'SequenceGap', guildId, cursor: null })
  expect(counted).toEqual([['sequence_gaps_total', { shard: 3 }]])
  metrics.refused(3, { kind: 'GuildFenced', guildId, retryAfterMs: 5 })
  expect(counted.slice(1)).toEqual([['lane_refusals_total', { kind: 'GuildFenced' }]])
})
