import { sleep, systemTimers, type Timers } from '../time/timers.ts'
import { type Backoff, backoffMs } from './backoff.ts'

export interface RetryOptions {
  readonly backoff: Backoff
  /** Ends the waiting and the attempts. */
  readonly signal: AbortSignal
  /**
   * An attempt has failed, for the n-th time in a row (from 1); the next follows after the back-off. What it throws
   * ends the attempts.
   */
  readonly onFailure: (error: unknown, failures: number) => void
  /** Default: the system's. */
  readonly timers?: Timers | undefined
  /** From 0 up to 1; default: `Math.random`. */
  readonly random?: (() => number) | undefined
}

/**
 * Tries until it succeeds, with a back-off in between.
 * @throws the signal's reason, when it aborts; what `onFailure` throws
 */
export async function retry<T>(
  attempt: (signal: AbortSignal) => Promise<T>,
  { backoff, signal, onFailure, timers = systemTimers, random = Math.random }: RetryOptions,
): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    signal.throwIfAborted()
    try {
      return await attempt(signal)
    } catch (error) {
      signal.throwIfAborted()
      onFailure(error, failures)
      await sleep(backoffMs(backoff, failures, random()), signal, timers)
    }
  }
}
