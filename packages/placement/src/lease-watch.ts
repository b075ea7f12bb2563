/** A lease as the authority sees it: renewing it changes `renewSeq`. */
export interface LeaseReading {
  /** What is leased, and to whom: another holder of the same thing is another lease. */
  readonly key: string
  readonly renewSeq: number
}

/** What one observer has seen of the leases, on its own monotonic clock. */
export interface LeaseWatch {
  /** When the leases were last read; `null` before the first time. Milliseconds. */
  readonly readAt: number | null
  readonly seen: ReadonlyMap<string, { readonly renewSeq: number; readonly since: number }>
}

export const unwatched: LeaseWatch = { readAt: null, seen: new Map() }

export interface LeaseTiming {
  /** A lease that did not change for this long, watched throughout, has expired. Milliseconds. */
  readonly expireAfterMs: number
  /**
   * After a longer pause than this between two readings every watch starts from scratch: nobody could renew, or this
   * process was stopped. Milliseconds.
   */
  readonly maxPauseMs: number
}

/** Terms of every lease of the mesh. The granter waits longer than the holder may act, which counts from sending. */
export const leaseTiming = {
  /** The holder may act this long after sending a renewal. */
  leaseTtlMs: 2500,
  /** The granter watches a lease unchanged for this long before it gives what was leased to somebody else. */
  expireAfterMs: 3250,
  renewEveryMs: 500,
} as const

/**
 * Takes a reading of every lease and tells which have expired: those whose `renewSeq` did not change for
 * `expireAfterMs` while this observer watched. No clock but the observer's own is asked, so no skew can end a live
 * lease.
 * @param now the observer's monotonic clock, milliseconds
 */
export function watchLeases(
  before: LeaseWatch,
  readings: readonly LeaseReading[],
  now: number,
  timing: LeaseTiming,
): { readonly watch: LeaseWatch; readonly expired: readonly LeaseReading[] } {
  const fromScratch = before.readAt === null || now - before.readAt > timing.maxPauseMs
  const seen = new Map<string, { renewSeq: number; since: number }>()
  const expired: LeaseReading[] = []
  for (const reading of readings) {
    const known = fromScratch ? undefined : before.seen.get(reading.key)
    const since = known?.renewSeq === reading.renewSeq ? known.since : now
    seen.set(reading.key, { renewSeq: reading.renewSeq, since })
    if (now - since >= timing.expireAfterMs) expired.push(reading)
  }
  return { watch: { readAt: now, seen }, expired }
}
