/** How long to wait between attempts that fail. The wait doubles with each failure, up to its longest. */
export interface Backoff {
  /** Longest wait after the first failure, milliseconds. */
  readonly firstMs: number
  /** Longest wait of all, milliseconds. */
  readonly maxMs: number
  /**
   * How much of the wait is random, so that many who failed together do not return together.
   * - `full`: all of it; for many clients of one server
   * - `half`: at least half of the wait stands; for work whose every attempt costs something
   * - `none`: for a single process, or a wait that others count on
   */
  readonly jitter: 'full' | 'half' | 'none'
}

/** Always the same wait. */
export function constantBackoff(ms: number): Backoff {
  return { firstMs: ms, maxMs: ms, jitter: 'none' }
}

/**
 * Milliseconds to wait before the next attempt.
 * @param failures failures in a row; 0: nothing has failed, so there is no wait
 * @param random from 0 up to 1
 */
export function backoffMs({ firstMs, maxMs, jitter }: Backoff, failures: number, random: number): number {
  if (failures <= 0) return 0
  // Far below the point at which doubling overflows.
  const wholeMs = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 30))
  switch (jitter) {
    case 'full':
      return wholeMs * random
    case 'half':
      return wholeMs / 2 + (wholeMs / 2) * random
    case 'none':
      return wholeMs
    default:
      return jitter satisfies never
  }
}
