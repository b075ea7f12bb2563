import type { DeliverInput, GuildId, LaneEvent } from '@guildmesh/contracts'
import type { HeldEvent } from './held-event.ts'
import type { Route } from './routes-port.ts'
import type { Lane } from './lane.ts'

/** Of one call. A single event that is larger still goes, alone. */
const callLimits = { lanes: 512, events: 2048, laneEvents: 256, size: 1024 * 1024 } as const

/** A lane whose events a call has, and by which route. */
export interface SentLane {
  readonly lane: Lane
  readonly route: Route
}

/** What one call to a gateway carries: the next events of many lanes. */
export class DeliveryCall {
  readonly sent = new Map<GuildId, SentLane>()
  readonly lanes: DeliverInput['lanes'] = []
  readonly #nowMs: number
  #eventsLeft: number = callLimits.events
  #sizeLeft: number = callLimits.size

  /** @param nowMs monotonic, milliseconds */
  constructor(nowMs: number) {
    this.#nowMs = nowMs
  }

  get isFull(): boolean {
    return this.lanes.length >= callLimits.lanes || this.#eventsLeft <= 0 || this.#sizeLeft <= 0
  }

  /** Adds the lane's next events. @returns whether there were any */
  add(lane: Lane, route: Route): boolean {
    const limit = { events: Math.min(this.#eventsLeft, callLimits.laneEvents), size: this.#sizeLeft }
    const events = lane.events.next(limit)
    if (events.length === 0) return false
    this.#eventsLeft -= events.length
    for (const { size } of events) this.#sizeLeft -= size
    this.sent.set(lane.guildId, { lane, route })
    this.lanes.push({
      guildId: lane.guildId,
      epoch: route.epoch,
      events: events.map((event) => this.#onTheWire(event)),
    })
    return true
  }

  #onTheWire({ position, previous, loss, type, data, receivedAtMs }: HeldEvent): LaneEvent {
    const event = { position, previous, type, data, heldMs: Math.max(0, this.#nowMs - receivedAtMs) }
    return loss ? { ...event, loss } : event
  }
}
