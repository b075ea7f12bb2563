import type { MetricsPort } from '../owner/owner-metrics.ts'
import type { ShardReport } from './shard-state.ts'

/** What the holder counts of its Discord sessions. */
export interface ShardMetrics {
  report(shardId: number, event: ShardReport): void
  gap(shardId: number, kind: 'session' | 'hole'): void
  held(count: number): void
}

export function shardMetrics(metrics: MetricsPort): ShardMetrics {
  const identifies = metrics.counter('shard_identifies_total', 'IDENTIFYs sent', ['shard'])
  const resumes = metrics.counter('shard_resumes_total', 'RESUMEs sent', ['shard'])
  const reconnects = metrics.counter('shard_reconnects_total', 'Sockets left for a new one', ['shard'])
  const lost = metrics.counter('shard_sessions_lost_total', 'Discord sessions that could not be resumed', [
    'shard',
  ])
  const duplicates = metrics.counter('events_replayed_total', 'Replayed events that were received before', [
    'shard',
  ])
  const odd = metrics.counter('shard_odd_frames_total', 'Gateway messages that could not be used', ['shard'])
  const gaps = metrics.counter('gaps_total', 'Gaps in the stream of events, by kind', ['shard', 'kind'])
  const held = metrics.gauge('shards_held', 'Shards that this gateway holds')
  const counters = {
    identify: identifies,
    resume: resumes,
    reconnect: reconnects,
    'session-lost': lost,
    duplicate: duplicates,
    'odd-frame': odd,
    live: null,
  } as const
  return {
    report: (shard, event) => counters[event]?.inc({ shard }),
    gap: (shard, kind) => gaps.inc({ shard, kind }),
    held: (count) => held.set({}, count),
  }
}
