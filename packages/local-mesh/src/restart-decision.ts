import { backoffMs } from '@guildmesh/runtime/work'

/** How a process ended. */
export interface ProcessExit {
  readonly code: number | null
  readonly signal: string | null
  /** How it ended in words, if whoever started it knows more than the two fields tell. */
  readonly note?: string
}

/** What is known when a process has ended without being asked to. */
export interface UnexpectedEnd {
  readonly exit: ProcessExit
  /** How long it ran, in milliseconds. */
  readonly ranMs: number
  /** Whether it became ready this time. */
  readonly wasReady: boolean
  /** Whether it became ready this time or an earlier one. */
  readonly everReady: boolean
  /** Restarts in a row that did not last, before this one. */
  readonly failures: number
}

export type RestartDecision =
  | { readonly action: 'restart'; readonly afterMs: number; readonly failures: number }
  | { readonly action: 'give-up'; readonly reason: string }

/** A process that served for this long has recovered: the next failure counts as the first. */
const steadyMs = 20_000
const backoff = { firstMs: 200, maxMs: 10_000, jitter: 'none' } as const
/** So many failures in a row without ever becoming ready: trying again will not help. */
const hopelessAfter = 4

/** Exit code of a service whose configuration is wrong. */
const badConfigurationExitCode = 2

/** Whether a process that ended by itself is restarted, and after how long. */
export function decideRestart({
  exit,
  ranMs,
  wasReady,
  everReady,
  failures,
}: UnexpectedEnd): RestartDecision {
  if (exit.code === badConfigurationExitCode) {
    return { action: 'give-up', reason: 'its configuration is wrong (its message is above)' }
  }
  const inARow = wasReady && ranMs >= steadyMs ? 1 : failures + 1
  if (!everReady && inARow >= hopelessAfter) {
    return { action: 'give-up', reason: `it exited ${inARow} times in a row before it was ready` }
  }
  return { action: 'restart', afterMs: backoffMs(backoff, inARow, 0), failures: inARow }
}

/** An exit in words: `exit code 1`, `killed by SIGKILL`. */
export function describeExit({ code, signal, note }: ProcessExit): string {
  if (note !== undefined) return note
  return signal === null ? `exit code ${code ?? 'unknown'}` : `killed by ${signal}`
}
