/** As often as a job may fail before it is left for a person to look at. */
export const mostJobAttempts = 5
const firstWaitMs = 1000

/** Whether a failed job waits for another attempt, and until when. `attempts` includes the one that failed. */
export function decideAfterJobFailure(
  attempts: number,
  now: number,
): { readonly state: 'waiting' | 'dead'; readonly dueAt: number } {
  if (attempts >= mostJobAttempts) return { state: 'dead', dueAt: now }
  return { state: 'waiting', dueAt: now + firstWaitMs * 4 ** (attempts - 1) }
}
