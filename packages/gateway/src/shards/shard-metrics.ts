import type { MetricsPort } from '@guildmesh/runtime'
import type { ShardReport } from './shard-state.ts'

/** What the holder counts of its Discord sessions. */
export interface ShardMetrics {
  report(shardId: number, report: ShardReport): void
  /** Events that nobody can send again: of a session that Discord ended, or of one guild's lane. */
  dataLoss(shardId: number, kind: 'session' | 'lane'): void
  held(count: number): void
  /** Whether a permit is in reserve for the shard's next session. */
  reserved(shardId: number, isThere: boolean): void
  identifiedByReservation(shardId: number): void
  /** The seq to resume from was stored, so long after the oldest event that it passes was durable. */
  stored(shardId: number, lagMs: number): void
}

export function shardMetrics(metrics: MetricsPort): ShardMetrics {
  const identifies = metrics.counter('shard_identifies_total', 'IDENTIFYs sent', ['shard'])
  const resumes = metrics.counter('shard_resumes_total', 'RESUMEs sent', ['shard'])
  const reconnects = metrics.counter('shard_reconnects_total', 'Sockets left for a new one, by cause', [
    'shard',
    'cause',
  ])
  const lost = metrics.counter(
    'shard_sessions_lost_total',
    'Discord sessions that could not be resumed, or not be started, by reason',
    ['shard', 'reason'],
  )
  const duplicates = metrics.counter('events_replayed_total', 'Replayed events that were received before', [
    'shard',
  ])
  const odd = metrics.counter('shard_odd_frames_total', 'Gateway messages that could not be used', ['shard'])
  const losses = metrics.counter('data_losses_total', 'Rows that the gap ledger gets, by kind', [
    'shard',
    'kind',
  ])
  const held = metrics.gauge('shards_held', 'Shards that this gateway holds')
  const storeLag = metrics.histogram(
    'resume_seq_store_seconds',
    'Time from an event being durable or parked to the seq that passes it being stored for a successor',
    ['shard'],
    [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.5, 1, 2.5, 5],
  )
  const reservations = metrics.gauge(
    'shard_permits_reserved',
    '1 if a permit is in reserve for a session that is lost while the config API is away',
    ['shard'],
  )
  const byReservation = metrics.counter(
    'shard_reserved_identifies_total',
    'Sessions begun with the permit in reserve, because the config API was away',
    ['shard'],
  )
  return {
    report(shard, report) {
      switch (report.event) {
        case 'identify':
          return identifies.inc({ shard })
        case 'resume':
          return resumes.inc({ shard })
        case 'reconnect':
          return reconnects.inc({ shard, cause: report.cause.kind })
        case 'session-lost':
          return lost.inc({ shard, reason: report.reason })
        case 'duplicate':
          return duplicates.inc({ shard })
        case 'odd-frame':
          return odd.inc({ shard })
        case 'live':
          return
        default:
          report satisfies never
      }
    },
    dataLoss: (shard, kind) => losses.inc({ shard, kind }),
    reserved: (shard, isThere) => reservations.set({ shard }, isThere ? 1 : 0),
    identifiedByReservation: (shard) => byReservation.inc({ shard }),
    held: (count) => held.set({}, count),
    stored: (shard, lagMs) => storeLag.observe({ shard }, lagMs / 1000),
  }
}
