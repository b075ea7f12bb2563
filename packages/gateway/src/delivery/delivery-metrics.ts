import type { DeliverInput, Failure, FailureKind } from '@guildmesh/contracts'
import { MeshError } from '@guildmesh/contracts'
import type { MetricsPort } from '@guildmesh/runtime'
import type { HeldEvent } from './held-event.ts'

/** What the holder counts of events on their way to owners. */
export interface DeliveryMetrics {
  received(shardId: number, ofGuild: boolean): void
  sent(input: DeliverInput): void
  applied(events: readonly HeldEvent[], nowMs: number): void
  /** An owner refused a lane of the shard. */
  refused(shardId: number, failure: Failure): void
  failedCall(error: unknown): void
  staleReply(): void
  paused(shardId: number): void
  /** Events that memory gave to the disk. */
  parked(shardId: number, events: number): void
  /** Figures of one shard as they are now. */
  depth(shardId: number, now: ShardDepth): void
}

interface ShardDepth {
  readonly unacked: number
  readonly lanes: number
  readonly waiting: number
  readonly seqLag: number
  readonly parked: { readonly lanes: number; readonly events: number }
  readonly blocked: number
}

const secondsBuckets = [0.001, 0.002, 0.003, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

export function deliveryMetrics(metrics: MetricsPort): DeliveryMetrics {
  return { ...intakeCounters(metrics), ...callCounters(metrics), depth: depthGauges(metrics) }
}

function intakeCounters(metrics: MetricsPort): Pick<DeliveryMetrics, 'received' | 'paused' | 'parked'> {
  const received = metrics.counter('events_received_total', 'Discord events taken in by the holder', [
    'shard',
    'scope',
  ])
  const pauses = metrics.counter(
    'shard_pauses_total',
    'Times reading from Discord stopped because memory was full',
    ['shard'],
  )
  const parkings = metrics.counter(
    'events_parked_total',
    'Events moved from memory to the disk because their owner did not take them',
    ['shard'],
  )
  return {
    received: (shard, ofGuild) => received.inc({ shard, scope: ofGuild ? 'guild' : 'other' }),
    paused: (shard) => pauses.inc({ shard }),
    parked: (shard, events) => parkings.inc({ shard }, events),
  }
}

function callCounters(
  metrics: MetricsPort,
): Pick<DeliveryMetrics, 'sent' | 'applied' | 'refused' | 'failedCall' | 'staleReply'> {
  const counter = (name: string, help: string, ...labels: string[]) => metrics.counter(name, help, labels)
  const sent = counter('events_sent_total', 'Events handed to owners, repetitions included', 'shard')
  const calls = counter('deliveries_total', 'Calls that handed events to owners', 'shard')
  const applied = counter('events_acked_total', 'Events that owners have committed')
  const latency = metrics.histogram(
    'event_commit_seconds',
    'Time from receiving an event to its owner having committed it',
    [],
    secondsBuckets,
  )
  const gaps = counter(
    'sequence_gaps_total',
    'Sequence gaps: an owner lacked the event before the one it was sent, and the holder goes back to its cursor',
    'shard',
  )
  const refused = counter('lane_refusals_total', 'Lanes refused for anything but a sequence gap', 'kind')
  const failed = counter('delivery_failures_total', 'Deliveries without an answer, by failure', 'kind')
  const stale = counter('delivery_stale_replies_total', 'Answers ignored because their owner was superseded')
  return {
    sent({ shardId, lanes }) {
      calls.inc({ shard: shardId })
      sent.inc(
        { shard: shardId },
        lanes.reduce((sum, lane) => sum + lane.events.length, 0),
      )
    },
    applied(events, nowMs) {
      if (events.length > 0) applied.inc({}, events.length)
      for (const event of events) latency.observe({}, Math.max(0, nowMs - event.receivedAtMs) / 1000)
    },
    refused: (shard, { kind }) => (kind === 'SequenceGap' ? gaps.inc({ shard }) : refused.inc({ kind })),
    failedCall: (error) => failed.inc({ kind: kindOf(error) }),
    staleReply: () => stale.inc({}),
  }
}

function depthGauges(metrics: MetricsPort): DeliveryMetrics['depth'] {
  const gauge = (name: string, help: string) => metrics.gauge(name, help, ['shard'])
  const unacked = gauge('events_unacked', 'Events received and not yet durable at their owner')
  const lanes = gauge('lanes', 'Guilds with events at the holder')
  const waiting = gauge('lanes_waiting', 'Lanes that wait for an owner or after a refusal')
  const seqLag = gauge('shard_seq_lag', 'Received seq minus the low watermark')
  const parkedLanes = gauge('lanes_parked', 'Lanes of which events lie on the disk')
  const parkedEvents = gauge('events_parked', 'Events that lie on the disk for their owner')
  const blocked = gauge('lanes_blocked', 'Lanes that wait for earlier events from another gateway’s disk')
  return (shard, now) => {
    unacked.set({ shard }, now.unacked)
    lanes.set({ shard }, now.lanes)
    waiting.set({ shard }, now.waiting)
    seqLag.set({ shard }, now.seqLag)
    parkedLanes.set({ shard }, now.parked.lanes)
    parkedEvents.set({ shard }, now.parked.events)
    blocked.set({ shard }, now.blocked)
  }
}

function kindOf(error: unknown): FailureKind | 'unexpected' {
  return error instanceof MeshError ? error.failure.kind : 'unexpected'
}
