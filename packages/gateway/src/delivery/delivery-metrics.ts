import type { DeliverInput, Failure, FailureKind } from '@guildmesh/contracts'
import { MeshError } from '@guildmesh/contracts'
import type { MetricsPort } from '@guildmesh/runtime'
import type { HeldEvent } from './held-event.ts'

/** What the holder counts of events on their way to owners. */
export interface DeliveryMetrics {
  received(shardId: number, ofGuild: boolean): void
  sent(input: DeliverInput): void
  applied(events: readonly HeldEvent[], nowMs: number): void
  refused(failure: Failure): void
  failedCall(error: unknown): void
  staleReply(): void
  paused(shardId: number): void
  /** Events that memory gave to the disk. */
  parked(shardId: number, events: number): void
  /** Figures of one shard as they are now. */
  depth(
    shardId: number,
    now: {
      readonly unacked: number
      readonly lanes: number
      readonly waiting: number
      readonly seqLag: number
      readonly parked: { readonly lanes: number; readonly events: number }
      readonly blocked: number
    },
  ): void
}

const secondsBuckets = [0.001, 0.002, 0.003, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

export function deliveryMetrics(metrics: MetricsPort): DeliveryMetrics {
  const received = metrics.counter('events_received_total', 'Discord events taken in by the holder', [
    'shard',
    'scope',
  ])
  const sent = metrics.counter('events_sent_total', 'Events handed to owners, repetitions included', [
    'shard',
  ])
  const batches = metrics.counter('deliveries_total', 'Calls that handed events to owners', ['shard'])
  const applied = metrics.counter('events_acked_total', 'Events that owners have committed')
  const latency = metrics.histogram(
    'event_commit_seconds',
    'Time from receiving an event to its owner having committed it',
    [],
    secondsBuckets,
  )
  const refused = metrics.counter('lane_refusals_total', 'Lanes that an owner refused, by failure', ['kind'])
  const failed = metrics.counter('delivery_failures_total', 'Deliveries without an answer, by failure', [
    'kind',
  ])
  const stale = metrics.counter(
    'delivery_stale_replies_total',
    'Answers ignored because their owner was superseded',
  )
  const pauses = metrics.counter(
    'shard_pauses_total',
    'Times reading from Discord stopped because the window was full',
    ['shard'],
  )
  const unacked = metrics.gauge('events_unacked', 'Events received and not yet durable at their owner', [
    'shard',
  ])
  const lanes = metrics.gauge('lanes', 'Guilds with events at the holder', ['shard'])
  const waiting = metrics.gauge('lanes_waiting', 'Lanes that wait for an owner or after a refusal', ['shard'])
  const seqLag = metrics.gauge(
    'shard_seq_lag',
    'Received seq minus the seq from which a successor would resume',
    ['shard'],
  )
  const parkings = metrics.counter(
    'events_parked_total',
    'Events moved from memory to the disk because their owner did not take them',
    ['shard'],
  )
  const parkedLanes = metrics.gauge('lanes_parked', 'Lanes of which events lie on the disk', ['shard'])
  const parkedEvents = metrics.gauge('events_parked', 'Events that lie on the disk for their owner', [
    'shard',
  ])
  const blocked = metrics.gauge(
    'lanes_blocked',
    'Lanes that wait for earlier events from another gateway’s disk',
    ['shard'],
  )
  return {
    received: (shard, ofGuild) => received.inc({ shard, scope: ofGuild ? 'guild' : 'other' }),
    sent({ shardId, lanes: batch }) {
      batches.inc({ shard: shardId })
      sent.inc(
        { shard: shardId },
        batch.reduce((sum, lane) => sum + lane.events.length, 0),
      )
    },
    applied(events, nowMs) {
      if (events.length > 0) applied.inc({}, events.length)
      for (const event of events) latency.observe({}, Math.max(0, nowMs - event.receivedAtMs) / 1000)
    },
    refused: (failure) => refused.inc({ kind: failure.kind }),
    failedCall: (error) => failed.inc({ kind: kindOf(error) }),
    staleReply: () => stale.inc({}),
    paused: (shard) => pauses.inc({ shard }),
    parked: (shard, events) => parkings.inc({ shard }, events),
    depth(shard, now) {
      unacked.set({ shard }, now.unacked)
      lanes.set({ shard }, now.lanes)
      waiting.set({ shard }, now.waiting)
      seqLag.set({ shard }, now.seqLag)
      parkedLanes.set({ shard }, now.parked.lanes)
      parkedEvents.set({ shard }, now.parked.events)
      blocked.set({ shard }, now.blocked)
    },
  }
}

function kindOf(error: unknown): FailureKind | 'unexpected' {
  return error instanceof MeshError ? error.failure.kind : 'unexpected'
}
