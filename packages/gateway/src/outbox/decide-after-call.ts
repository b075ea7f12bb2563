import type { RepeatRule } from '@guildmesh/guild-store'
import type { CallResult } from '../features/feature.ts'
import type { CallOutcome } from './discord-rest.ts'

/** What becomes of an outbox call after an attempt. */
export type AfterCall =
  /** It is settled: the step that waits for the result gets it. */
  | { readonly kind: 'settled'; readonly result: CallResult }
  | { readonly kind: 'retry'; readonly dueAt: number; readonly error: string }
  /** Whether Discord did it must be found out before anything else. */
  | { readonly kind: 'confirm'; readonly error: string }
  /** Given up after too many attempts. */
  | { readonly kind: 'exhausted'; readonly result: CallResult; readonly error: string }

/** With the waits below, about five minutes. */
export const mostAttempts = 10
const firstWaitMs = 500
const longestWaitMs = 60_000

/**
 * Decides by what Discord answered. A refusal other than a rate limit will not change by asking again; an unknown
 * outcome may be repeated only where that is harmless. `jitter` is a random number of [0, 1).
 */
export function decideAfterCall(
  call: { readonly attempts: number; readonly repeat: RepeatRule },
  outcome: CallOutcome,
  now: number,
  jitter: number,
): AfterCall {
  if (outcome.kind === 'made') return { kind: 'settled', result: { ok: true, body: outcome.body } }
  const error = outcome.status === null ? outcome.message : `${outcome.status} ${outcome.message}`
  const failed: CallResult = {
    ok: false,
    status: outcome.status,
    code: outcome.kind === 'refused' ? outcome.code : null,
    message: outcome.message,
  }
  if (outcome.kind === 'refused' && outcome.status !== 429) return { kind: 'settled', result: failed }
  if (outcome.kind === 'unknown' && call.repeat === 'confirm') return { kind: 'confirm', error }
  if (call.attempts >= mostAttempts) return { kind: 'exhausted', result: failed, error }
  return { kind: 'retry', dueAt: now + waitMs(call.attempts, jitter), error }
}

/** Doubles from attempt to attempt, between half and the whole of it. */
function waitMs(attempts: number, jitter: number): number {
  const whole = Math.min(longestWaitMs, firstWaitMs * 2 ** Math.max(0, attempts - 1))
  return Math.round(whole * (0.5 + jitter / 2))
}
