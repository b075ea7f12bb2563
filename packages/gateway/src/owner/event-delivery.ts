import {
  type DeliverInput,
  type DeliverReply,
  type GatewayId,
  type Incarnation,
  type LaneAck,
  type Position,
} from '@guildmesh/contracts'
import type { GuildWork, GuildWriter } from '@guildmesh/guild-store'
import type { Clock, Counter, Histogram, MetricsPort } from '@guildmesh/runtime'
import { decideLane } from './decide-lane.ts'
import type { EventApplier } from './event-applier.ts'
import type { GroupCommit } from '../commit/group-commit.ts'
import { eventCount, laneParts } from './lane-parts.ts'

type Lane = DeliverInput['lanes'][number]

/** How far a guild's events survive the loss of this gateway's disk. */
export type DurablePosition = (guildId: Lane['guildId'], applied: Position) => Position | null

/** No replica is configured: what is committed is as durable as it gets. */
export const durableWhenApplied: DurablePosition = (_guildId, applied) => applied

/** About 20 ms of work. */
const eventsPerPart = 256

/** Seconds. Finest around the 3 ms that half of the events are to stay below. */
const lagBuckets = [
  0.0005, 0.001, 0.0015, 0.002, 0.0025, 0.003, 0.0035, 0.004, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.1, 0.25,
  0.5, 1, 2.5, 5, 10,
]

export interface EventDeliveryOptions {
  readonly self: { readonly gatewayId: GatewayId; readonly incarnation: () => Incarnation }
  readonly commits: GroupCommit
  readonly applier: EventApplier
  readonly durable: DurablePosition
  readonly clock: Clock
  readonly metrics: MetricsPort
}

/** Takes lanes of events from holders, applies them and acknowledges each lane. */
export class EventDelivery {
  readonly #options: EventDeliveryOptions
  readonly #applied: Counter
  readonly #duplicates: Counter
  readonly #refused: Counter
  readonly #lag: Histogram

  constructor(options: EventDeliveryOptions) {
    const { metrics } = options
    this.#options = options
    this.#applied = metrics.counter('events_applied_total', 'Discord events committed')
    this.#duplicates = metrics.counter('events_duplicate_total', 'Delivered events that were there already')
    this.#refused = metrics.counter('lanes_refused_total', 'Delivered lanes that were refused', ['failure'])
    this.#lag = metrics.histogram(
      'event_lag_seconds',
      'Time from receiving an event at its holder to committing it',
      [],
      lagBuckets,
    )
  }

  async deliver(input: DeliverInput): Promise<DeliverReply> {
    const { self, commits, durable, clock } = this.#options
    const receivedAt = clock.monotonicMs()
    const parts = laneParts(input.lanes, eventsPerPart).map((lanes) =>
      commits.runAll(
        lanes.map((lane) => this.#workOf(input, lane, receivedAt)),
        eventCount(lanes),
      ),
    )
    const committed = (await Promise.all(parts)).flat()
    const acks = input.lanes.map((lane, index): LaneAck => {
      const outcome = committed[index]
      if (outcome?.kind !== 'done') {
        const failure = outcome?.failure ?? { kind: 'Internal', errorId: 'no-outcome' }
        return this.#refusal(lane, failure)
      }
      const { value } = outcome
      if (value.kind === 'refuse') return this.#refusal(lane, value.failure)
      this.#duplicates.inc({}, value.duplicates)
      this.#applied.inc({}, value.lagsMs.length)
      const committedAt = clock.monotonicMs()
      for (const heldMs of value.lagsMs) this.#lag.observe({}, (heldMs + committedAt - receivedAt) / 1000)
      return {
        outcome: 'accepted',
        guildId: lane.guildId,
        epoch: value.epoch,
        applied: value.applied,
        durable: durable(lane.guildId, value.applied),
      }
    })
    return { owner: { gatewayId: self.gatewayId, incarnation: self.incarnation() }, acks }
  }

  #refusal(lane: Lane, failure: Extract<LaneAck, { outcome: 'refused' }>['failure']): LaneAck {
    this.#refused.inc({ failure: failure.kind })
    return { outcome: 'refused', guildId: lane.guildId, failure }
  }

  #workOf(input: DeliverInput, lane: Lane, receivedAt: number): GuildWork<LaneResult> {
    return {
      guildId: lane.guildId,
      epoch: lane.epoch,
      run: (writer) => this.#applyLane(writer, input, lane, receivedAt),
    }
  }

  #applyLane(writer: GuildWriter, input: DeliverInput, lane: Lane, receivedAt: number): LaneResult {
    const { applier, clock } = this.#options
    const cursor = writer.reader.cursor()
    const decision = decideLane(lane.guildId, cursor, input, lane.events)
    if (decision.kind === 'refuse') return decision
    for (const event of decision.events) applier.apply(writer, event)
    const last = decision.events.at(-1)
    const applied = last?.position ?? cursor?.position
    // A lane has at least one event: without a cursor the first is applied or refused.
    if (!applied) throw new Error(`lane of guild ${lane.guildId} was neither applied nor refused`)
    // A later lease of the shard is remembered even by a lane of duplicates: it fences the holder before.
    if (last || !cursor || cursor.shardEpoch !== input.shardEpoch) {
      writer.moveCursor({
        position: applied,
        shardId: input.shardId,
        shardCount: input.shardCount,
        shardEpoch: input.shardEpoch,
        appliedAt: clock.now(),
        eventLagMs: last ? last.heldMs + clock.monotonicMs() - receivedAt : (cursor?.eventLagMs ?? 0),
      })
    }
    return {
      kind: 'applied',
      epoch: writer.epoch,
      applied,
      duplicates: decision.duplicates,
      lagsMs: decision.events.map((event) => event.heldMs),
    }
  }
}

type LaneResult =
  | Extract<ReturnType<typeof decideLane>, { kind: 'refuse' }>
  | {
      readonly kind: 'applied'
      readonly epoch: number
      readonly applied: Position
      readonly duplicates: number
      /** Age of each applied event when it was received here, milliseconds. */
      readonly lagsMs: readonly number[]
    }
