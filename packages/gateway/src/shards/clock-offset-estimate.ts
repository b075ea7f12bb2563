/**
 * The time of PostgreSQL, as this process knows it from answers of the config API: one time for all holders, whatever
 * their own wall clocks say. Good for spacing things, not for safety.
 */
export interface ClockOffsetEstimate {
  /** PostgreSQL's time less this process's monotonic time, milliseconds. */
  readonly offsetMs: number
  /** How wrong `offsetMs` may have been when it was taken, milliseconds. */
  readonly errorMs: number
  /** When it was taken, monotonic milliseconds. */
  readonly takenAtMs: number
}

/** An answer that told the time. `sentAtMs` and `answeredAtMs` are of the monotonic clock. */
export interface TimeSample {
  readonly sentAtMs: number
  readonly answeredAtMs: number
  readonly meshMs: number
}

/** How far two clocks may drift apart, as a part of the time that passes: crystals are good for 50 ppm each. */
const drift = 100e-6

/** Takes the new answer, unless it took so long that the old one with its drift is the better one still. */
export function afterSample(time: ClockOffsetEstimate | null, sample: TimeSample): ClockOffsetEstimate {
  const { sentAtMs, answeredAtMs, meshMs } = sample
  const errorMs = (answeredAtMs - sentAtMs) / 2
  if (time && errorMs > time.errorMs + drift * (answeredAtMs - time.takenAtMs)) return time
  return { offsetMs: meshMs - (sentAtMs + errorMs), errorMs, takenAtMs: answeredAtMs }
}

/** PostgreSQL's time now, epoch milliseconds. */
export function meshNowMs(time: ClockOffsetEstimate, monotonicMs: number): number {
  return monotonicMs + time.offsetMs
}
