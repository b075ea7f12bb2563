import { backoffMs } from '../work/backoff.ts'

/** What is known when an attempt of a call has failed. */
export interface FailedAttempt {
  /**
   * - `lost`: the connection broke or could not be made;
   * - `unavailable`: the other side answered that it cannot serve now;
   * - `other`: any other failure.
   */
  readonly outcome: 'lost' | 'unavailable' | 'other'
  /** Whether the call had left this process. */
  readonly sent: boolean
  readonly idempotent: boolean
  /** 1 for the first. */
  readonly attempt: number
  readonly remainingMs: number
  /** What the other side asked to wait; 0 if it did not. */
  readonly retryAfterMs: number
  /** From 0 up to 1. */
  readonly random: number
}

export type RetryDecision =
  | { readonly retry: true; readonly waitMs: number }
  | {
      readonly retry: false
      readonly reason: 'answered' | 'may-have-happened' | 'attempts-spent' | 'no-time'
    }

const maxAttempts = 4
const backoff = { firstMs: 40, maxMs: 500, jitter: 'full' } as const

/** Decides whether a call is tried again. A call that may have taken effect is repeated only if that is harmless. */
export function decideRetry(failed: FailedAttempt): RetryDecision {
  if (failed.outcome === 'other') return { retry: false, reason: 'answered' }
  if (failed.sent && !failed.idempotent) return { retry: false, reason: 'may-have-happened' }
  if (failed.attempt >= maxAttempts) return { retry: false, reason: 'attempts-spent' }
  const waitMs = failed.retryAfterMs + backoffMs(backoff, failed.attempt, failed.random)
  if (waitMs >= failed.remainingMs) return { retry: false, reason: 'no-time' }
  return { retry: true, waitMs }
}
