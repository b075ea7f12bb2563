/**
 * Cuts lanes into parts of at most `most` events (a larger lane stands alone), in order. One part is one piece of a
 * transaction: between two of them the event loop goes on, so that a backlog delays no lease renewal.
 */
export function laneParts<Lane extends { readonly events: readonly unknown[] }>(
  lanes: readonly Lane[],
  most: number,
): Lane[][] {
  const parts: Lane[][] = []
  let room = 0
  for (const lane of lanes) {
    const last = parts.at(-1)
    if (last && lane.events.length <= room) {
      last.push(lane)
      room -= lane.events.length
    } else {
      parts.push([lane])
      room = most - lane.events.length
    }
  }
  return parts
}

/** Events of the lanes together. */
export function eventCount(lanes: readonly { readonly events: readonly unknown[] }[]): number {
  return lanes.reduce((sum, lane) => sum + lane.events.length, 0)
}
