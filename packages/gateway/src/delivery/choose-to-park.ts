import type { Lane } from './lane.ts'

/** A lane, and when its owner last made events of it durable. */
export interface LaneAtRest {
  readonly lane: Lane
  /** Monotonic, milliseconds. */
  readonly progressAtMs: number
}

/** A lane that has not moved for so long waits for an owner that is away. Longer than a gateway needs to restart. */
export const parkAfterMs = 3000
/** Where memory is full: long enough for a call to return. */
const spillAfterMs = 250
/** Written in one transaction: some tens of milliseconds. */
const atOnce = { events: 4096, size: 16 * 1024 * 1024 }

/**
 * Which lanes to park now: those that have events in memory and did not move for a while, the longest queues first,
 * no more than one transaction takes. Among them are parked lanes of which the next events were read in vain.
 */
export function chooseToPark<L extends LaneAtRest>(lanes: Iterable<L>, nowMs: number, isFull: boolean): L[] {
  const restMs = isFull ? spillAfterMs : parkAfterMs
  const resting = [...lanes].filter(({ lane, progressAtMs }) => {
    const oldest = lane.held[0]
    return oldest && nowMs - Math.max(oldest.receivedAtMs, progressAtMs) >= restMs
  })
  const chosen: L[] = []
  let room: { events: number; size: number } = atOnce
  for (const one of resting.toSorted((a, b) => b.lane.depth - a.lane.depth)) {
    if (chosen.length > 0 && (one.lane.depth > room.events || room.size <= 0)) break
    chosen.push(one)
    const size = one.lane.held.reduce((sum, event) => sum + event.size, 0)
    room = { events: room.events - one.lane.depth, size: room.size - size }
  }
  return chosen
}
