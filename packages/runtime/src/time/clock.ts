/** Where shells take the time from. Decisions get the value. */
export interface Clock {
  /** Wall time, epoch milliseconds: only for what people and other machines see, and for due times. */
  now(): number
  /** Milliseconds of this process's monotonic clock, which never jumps: for every duration and every lease. */
  monotonicMs(): number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
}
