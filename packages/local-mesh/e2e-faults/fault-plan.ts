/** What a campaign does to a mesh that must not lose, double or reorder anything by it. */
export const faultNames = [
  'kill-holder',
  'kill-owner',
  'kill-holder-and-owner',
  'freeze-holder',
  'kill-holder-of-parked-lanes',
  'kill-config',
  'kill-postgres',
  'reconnect',
  'drop-tcp',
  'invalid-session-resumable',
  'resume-host-down',
] as const
export type FaultName = (typeof faultNames)[number]

/** A fault at its time after the start of the traffic. `pick` (0 ≤ pick < 1) decides what it hits, if there is a choice. */
export interface PlannedFault {
  readonly atMs: number
  readonly fault: FaultName
  readonly pick: number
}

/** Traffic runs undisturbed for so long before the first and after the last fault. */
const calmMs = { before: 4000, after: 8000 }
/**
 * When to do what, within `seconds` of traffic: rounds of all faults, each round in another order. The same seed plans
 * the same. Every fault comes at least once, however short the time.
 */
export function planFaults(options: {
  readonly faults: readonly FaultName[]
  readonly seconds: number
  /** About so long after a fault comes the next one, if there is time for more than one round. */
  readonly everyMs: number
  readonly seed: number
}): PlannedFault[] {
  const { faults, seconds, everyMs, seed } = options
  const random = randomOf(seed)
  const timeMs = Math.max(0, seconds * 1000 - calmMs.before - calmMs.after)
  const count = Math.max(faults.length, Math.floor(timeMs / everyMs))
  const slot = timeMs / count
  const order: FaultName[] = []
  while (order.length < count) order.push(...shuffled(faults, random))
  return order.slice(0, count).map((fault, index) => ({
    fault,
    atMs: Math.round(calmMs.before + slot * (index + random() * 0.4)),
    pick: random(),
  }))
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, key: random() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ item }) => item)
}

/** Mulberry32: numbers from 0 to below 1 that follow from the seed. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
