import type { Lane } from './lane.ts'

/** A lane that has not moved for so long waits for an owner that is away. Longer than a gateway needs to restart. */
export const parkAfterMs = 3000
/** If memory is full: long enough for a call to return. */
const spillAfterMs = 250
/** Written in one transaction: some tens of milliseconds. */
const atOnce = { events: 4096, size: 16 * 1024 * 1024 }

/**
 * Which lanes to park now: those that have events in memory and did not move for a while, the longest queues first,
 * no more than one transaction takes. Among them are parked lanes of which the next events were read in vain.
 */
export function chooseToPark(
  lanes: Iterable<Lane>,
  { nowMs, isMemoryFull }: { readonly nowMs: number; readonly isMemoryFull: boolean },
): Lane[] {
  const restMs = isMemoryFull ? spillAfterMs : parkAfterMs
  const resting = [...lanes].filter(({ events: { held }, progressAtMs }) => {
    const [oldest] = held
    return oldest && nowMs - Math.max(oldest.receivedAtMs, progressAtMs) >= restMs
  })
  const chosen: Lane[] = []
  let room: { events: number; size: number } = atOnce
  for (const lane of resting.toSorted((a, b) => b.events.held.length - a.events.held.length)) {
    const { held } = lane.events
    if (chosen.length > 0 && (held.length > room.events || room.size <= 0)) break
    chosen.push(lane)
    const size = held.reduce((sum, event) => sum + event.size, 0)
    room = { events: room.events - held.length, size: room.size - size }
  }
  return chosen
}
