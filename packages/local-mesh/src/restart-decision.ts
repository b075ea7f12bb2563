/** How one life of a process ended. */
export interface ProcessExit {
  readonly code: number | null
  readonly signal: string | null
  /** How it ended in words, where the one who started it knows better than these two tell. */
  readonly note?: string
}

/** What is known when a process has ended that was not asked to. */
export interface EndedLife {
  readonly exit: ProcessExit
  /** How long it ran, in milliseconds. */
  readonly ranMs: number
  /** Whether it served in this life. */
  readonly wasReady: boolean
  /** Whether it served in this life or an earlier one. */
  readonly everReady: boolean
  /** Restarts in a row that did not last, before this one. */
  readonly failures: number
}

export type RestartDecision =
  | { readonly action: 'restart'; readonly afterMs: number; readonly failures: number }
  | { readonly action: 'give-up'; readonly reason: string }

/** A process that served for this long has recovered: the next failure counts as the first. */
const steadyMs = 20_000
const firstDelayMs = 200
const longestDelayMs = 10_000
/** Failures in a row before anything was served, after which trying again will not help. */
const hopelessAfter = 4

/** The exit code of a service whose environment it cannot use. */
const badConfigurationExitCode = 2

/** Whether a process that ended by itself is started again, and after how long. */
export function decideRestart({ exit, ranMs, wasReady, everReady, failures }: EndedLife): RestartDecision {
  if (exit.code === badConfigurationExitCode) {
    return { action: 'give-up', reason: 'its configuration is wrong (its message is above)' }
  }
  const inARow = wasReady && ranMs >= steadyMs ? 1 : failures + 1
  if (!everReady && inARow >= hopelessAfter) {
    return { action: 'give-up', reason: `it ended ${inARow} times in a row before it served` }
  }
  const afterMs = Math.min(firstDelayMs * 2 ** (inARow - 1), longestDelayMs)
  return { action: 'restart', afterMs, failures: inARow }
}

/** An exit in words: `exit code 1`, `killed by SIGKILL`. */
export function describeExit({ code, signal, note }: ProcessExit): string {
  if (note !== undefined) return note
  return signal === null ? `exit code ${code ?? 'unknown'}` : `killed by ${signal}`
}
