/**
 * Where to try next to resume a session. Discord's resume hosts have failed for hours while the main host was well
 * (2026-09-01), and clients that kept to the resume host hung in silence. So: the resume host, then RESUME on the
 * main host, then a new session.
 */
export interface ResumeLadder {
  readonly host: 'resume' | 'main'
  /** Attempts on this host that did not resume, of which `heard` got as far as Discord's HELLO. */
  readonly failures: number
  readonly heard: number
  /** Monotonic time of the first failure on this host, milliseconds. */
  readonly failingSinceMs: number | null
}

export const newLadder: ResumeLadder = { host: 'resume', failures: 0, heard: 0, failingSinceMs: null }

export const ladderLimits = { failures: 3, failingMs: 10_000 } as const

export type LadderStep =
  | { readonly next: 'resume'; readonly ladder: ResumeLadder }
  /** Discord answers, and will not resume: the session is taken as lost. */
  | { readonly next: 'new-session' }

/**
 * Decides after an attempt to RESUME that ended without a verdict of Discord on the session.
 * A session is given up only if the main host answered every time and did not resume it; while no host answers, the
 * two are tried in turn, since IDENTIFY would not get through either.
 */
export function afterFailedResume(ladder: ResumeLadder, heardHello: boolean, nowMs: number): LadderStep {
  const failures = ladder.failures + 1
  const heard = ladder.heard + (heardHello ? 1 : 0)
  const failingSinceMs = ladder.failingSinceMs ?? nowMs
  const exhausted = failures >= ladderLimits.failures || nowMs - failingSinceMs >= ladderLimits.failingMs
  if (!exhausted) return { next: 'resume', ladder: { host: ladder.host, failures, heard, failingSinceMs } }
  if (ladder.host === 'resume') return { next: 'resume', ladder: { ...newLadder, host: 'main' } }
  return heard === failures ? { next: 'new-session' } : { next: 'resume', ladder: newLadder }
}
