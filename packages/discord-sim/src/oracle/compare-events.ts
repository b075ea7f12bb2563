import type { SentEvent } from './guild-ledger.ts'

/** One event as the bot says it applied it. */
export interface AppliedEvent {
  event: string
  payloadHash: string
  /** Epoch milliseconds, where the bot knows it. */
  appliedAt?: number | undefined
}

export interface EventDifference {
  /** Position in the order of sending. */
  index: number
  expected: string | null
  found: string | null
}

export interface EventComparison {
  missing: number
  duplicated: number
  /** Applied events that were never sent, or repeat one that is folded. */
  foreign: number
  outOfOrder: number
  late: number
  firstDifference: EventDifference | null
}

const keyOf = (event: { event: string; payloadHash: string }) => `${event.event} ${event.payloadHash}`

/**
 * Compares what was sent with what was applied. Equal events are matched in order, so that a repeated
 * payload counts as often as it was sent. An event is out of order when an event sent after it was
 * applied before it.
 */
export function compareEvents(
  sent: readonly SentEvent[],
  applied: readonly AppliedEvent[],
  lateAfterMs: number,
): EventComparison {
  const places = new Map<string, number[]>()
  for (const [index, event] of sent.entries()) {
    const list = places.get(keyOf(event))
    if (list) list.push(index)
    else places.set(keyOf(event), [index])
  }
  const used = new Map<string, number>()
  const order: number[] = []
  let duplicated = 0
  let foreign = 0
  let late = 0
  for (const event of applied) {
    const key = keyOf(event)
    const candidates = places.get(key)
    if (!candidates) {
      foreign += 1
      continue
    }
    const nth = used.get(key) ?? 0
    used.set(key, nth + 1)
    const index = candidates[nth]
    if (index === undefined) {
      duplicated += 1
      continue
    }
    order.push(index)
    const sentAt = sent[index]?.sentAt ?? 0
    if (event.appliedAt !== undefined && event.appliedAt - sentAt > lateAfterMs) late += 1
  }
  return {
    missing: sent.length - order.length,
    duplicated,
    foreign,
    outOfOrder: countOutOfOrder(order),
    late,
    firstDifference: firstDifference(sent, applied),
  }
}

/** Events applied after one that was sent later. */
function countOutOfOrder(order: readonly number[]): number {
  let highest = -1
  let count = 0
  for (const index of order) {
    if (index < highest) count += 1
    else highest = index
  }
  return count
}

function firstDifference(
  sent: readonly SentEvent[],
  applied: readonly AppliedEvent[],
): EventDifference | null {
  const length = Math.max(sent.length, applied.length)
  for (let index = 0; index < length; index++) {
    const left = sent[index]
    const right = applied[index]
    if (left && right && keyOf(left) === keyOf(right)) continue
    return { index, expected: left ? keyOf(left) : null, found: right ? keyOf(right) : null }
  }
  return null
}
