import type { DataLossReason } from '@guildmesh/contracts'
import type { MetricsPort } from '@guildmesh/runtime'
import type { ShardReport } from './protocol/shard-state.ts'

/** What the holder counts of its Discord sessions. */
export interface ShardMetrics {
  /** Shards that this gateway holds. */
  held(count: number): void
  report(shardId: number, report: ShardReport): void
  dataLoss(shardId: number, reason: DataLossReason): void
  /** Whether a permit is in reserve for the shard's next session. */
  reserved(shardId: number, isThere: boolean): void
  identifiedByReservation(shardId: number): void
  /** A resume checkpoint was stored, so long after the oldest event that it passes was durable. */
  stored(shardId: number, lagMs: number): void
}

export function shardMetrics(metrics: MetricsPort): ShardMetrics {
  const held = metrics.gauge('shards_held', 'Shards that this gateway holds')
  const losses = metrics.counter(
    'data_losses_total',
    'Data losses: events that nobody can send again, of a session that Discord ended or (not-held) of one lane',
    ['shard', 'reason'],
  )
  const storeLag = metrics.histogram(
    'resume_checkpoint_store_seconds',
    'Time from an event being durable or parked to a resume checkpoint that passes it being stored',
    ['shard'],
    [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.5, 1, 2.5, 5],
  )
  return {
    held: (count) => held.set({}, count),
    report: connectionCounters(metrics),
    dataLoss: (shard, reason) => losses.inc({ shard, reason }),
    ...permitFigures(metrics),
    stored: (shard, lagMs) => storeLag.observe({ shard }, lagMs / 1000),
  }
}

function connectionCounters(metrics: MetricsPort): ShardMetrics['report'] {
  const counter = (name: string, help: string, ...labels: string[]) =>
    metrics.counter(name, help, ['shard', ...labels])
  const identifies = counter('shard_identifies_total', 'IDENTIFYs sent')
  const failedIdentifies = counter('shard_identify_failures_total', 'IDENTIFYs that started no session')
  const resumes = counter('shard_resumes_total', 'RESUMEs sent')
  const reconnects = counter('shard_reconnects_total', 'Sockets left for a new one, by cause', 'cause')
  const duplicates = counter('events_replayed_total', 'Replayed events that were received before')
  const odd = counter('shard_odd_frames_total', 'Messages of a shard socket that could not be used')
  return (shard, report) => {
    switch (report.event) {
      case 'identify':
        return identifies.inc({ shard })
      case 'identify-failed':
        return failedIdentifies.inc({ shard })
      case 'resume':
        return resumes.inc({ shard })
      case 'reconnect':
        return reconnects.inc({ shard, cause: report.cause.kind })
      case 'duplicate':
        return duplicates.inc({ shard })
      case 'odd-frame':
        return odd.inc({ shard })
      // A lost session counts as a data loss.
      case 'session-lost':
      case 'live':
        return
      default:
        report satisfies never
    }
  }
}

function permitFigures(metrics: MetricsPort): Pick<ShardMetrics, 'reserved' | 'identifiedByReservation'> {
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
    reserved: (shard, isThere) => reservations.set({ shard }, isThere ? 1 : 0),
    identifiedByReservation: (shard) => byReservation.inc({ shard }),
  }
}
