/** Where the owner's shells take time from; decisions get the value. */
export interface Clock {
  /** Wall time, epoch milliseconds: only for what people see and for due times. */
  now(): number
  /** Milliseconds of this process's monotonic clock: for durations and leases. */
  monotonicMs(): number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
}
