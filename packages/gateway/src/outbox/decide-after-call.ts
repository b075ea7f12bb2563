import { backoffMs } from '@guildmesh/runtime'
import type { GuildRow } from '@guildmesh/guild-store'
import type { CallResult } from '@guildmesh/bot'
import type { CallLook } from './confirmation.ts'
import { settleMs } from './decide-before-call.ts'
import type { CallOutcome } from './discord-rest.ts'

/** What becomes of an outbox call after an attempt, or after a look at what came of it. */
export type AfterCall =
  /** It is settled: the step that waits for the result gets it. */
  | { readonly kind: 'settled'; readonly result: CallResult }
  /** Later again. `sentAt`: since when its outcome is in doubt; `null` if Discord has not done it. */
  | { readonly kind: 'retry'; readonly dueAt: number; readonly sentAt: number | null; readonly error: string }
  /** Given up, after too many attempts or because nothing can tell whether it was done. */
  | { readonly kind: 'exhausted'; readonly result: CallResult; readonly error: string }

/** A call with the attempt that was just made. */
export interface Tried extends Pick<GuildRow<'outbox'>, 'method' | 'repeat' | 'attempts'> {
  /** Since when the outcome is in doubt: when this attempt began, or an earlier one in doubt. */
  readonly sentAt: number
  /** An earlier attempt may have done it. */
  readonly doubted: boolean
}

/** With the waits below, about five minutes. */
export const mostAttempts = 10
const backoff = { firstMs: 500, maxMs: 60_000, jitter: 'half' } as const

/**
 * Decides by what Discord answered. A refusal will not change by asking again; what Discord put off is asked again for
 * as long as that lasts. `jitter` is a random number of [0, 1).
 */
export function decideAfterCall(call: Tried, outcome: CallOutcome, now: number, jitter: number): AfterCall {
  const wait = waitMs(call.attempts, jitter)
  switch (outcome.kind) {
    case 'made':
      return { kind: 'settled', result: { ok: true, body: outcome.body } }
    case 'refused': {
      // What our first attempt deleted cannot be found by the second.
      const gone = call.doubted && call.method === 'DELETE' && outcome.status === 404
      const { status, code, message } = outcome
      return {
        kind: 'settled',
        result: gone ? { ok: true, body: null } : { ok: false, status, code, message },
      }
    }
    case 'deferred': {
      const dueAt = now + Math.max(wait, outcome.retryAfterMs)
      return { kind: 'retry', dueAt, sentAt: call.doubted ? call.sentAt : null, error: outcome.message }
    }
    case 'unknown': {
      const error = outcome.status === null ? outcome.message : `${outcome.status} ${outcome.message}`
      if (call.attempts >= mostAttempts) return exhausted(outcome.status, error)
      const confirmsFirst = call.repeat === 'lane' || call.repeat === 'read-back'
      const dueAt = now + (confirmsFirst ? Math.max(wait, settleMs) : wait)
      return { kind: 'retry', dueAt, sentAt: call.sentAt, error }
    }
    default:
      return outcome satisfies never
  }
}

/** Decides by what a look at Discord showed. `send`: it was not done, so make it now. */
export function decideAfterLook(
  call: { readonly attempts: number; readonly sentAt: number },
  look: CallLook,
  now: number,
  jitter: number,
): AfterCall | { readonly kind: 'send' } {
  switch (look.kind) {
    case 'done':
      return { kind: 'settled', result: { ok: true, body: look.body } }
    case 'not-done':
      return { kind: 'send' }
    case 'unreadable': {
      if (call.attempts >= mostAttempts) return exhausted(null, `outcome unknown: ${look.message}`)
      const dueAt = now + Math.max(look.retryAfterMs, waitMs(call.attempts, jitter))
      return { kind: 'retry', dueAt, sentAt: call.sentAt, error: look.message }
    }
    case 'cannot-tell':
      return exhausted(null, `outcome unknown: ${look.message}`)
    default:
      return look satisfies never
  }
}

function exhausted(status: number | null, error: string): AfterCall {
  return { kind: 'exhausted', result: { ok: false, status, code: null, message: error }, error }
}

function waitMs(attempts: number, jitter: number): number {
  return Math.round(backoffMs(backoff, attempts, jitter))
}
