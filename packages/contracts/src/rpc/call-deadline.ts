import { MeshError } from '../failures/mesh-error.ts'
import type { Envelope } from './envelope.ts'
import type { ProcedureMeta } from './procedure-meta.ts'

/** What is left of a call's time. */
export interface Deadline {
  /** Aborts at the deadline, or when the caller goes away. */
  readonly signal: AbortSignal
  /** Milliseconds; `null` for a subscription. */
  readonly remainingMs: () => number | null
  /** Ends the work at the deadline. @throws MeshError DeadlineExceeded */
  race<T>(work: Promise<T>): Promise<T>
}

/** A call ends at the procedure's own limit or at the caller's budget, whichever is sooner. */
export function budgetOf(meta: ProcedureMeta, envelope: Envelope | null): number | null {
  if (meta.deadlineMs === null) return null
  return Math.min(meta.deadlineMs, envelope?.budgetMs ?? meta.deadlineMs)
}

/**
 * Starts to count a call's time.
 * @param budgetMs `null`: a subscription, which ends only with its caller's signal
 */
export function startDeadline(budgetMs: number | null, signal: AbortSignal | undefined): Deadline {
  const parent = signal ?? new AbortController().signal
  if (budgetMs === null) {
    return { signal: parent, remainingMs: () => null, race: <T>(work: Promise<T>) => work }
  }
  const startedAt = performance.now()
  const controller = new AbortController()
  return {
    signal: AbortSignal.any([parent, controller.signal]),
    remainingMs: () => Math.max(0, budgetMs - (performance.now() - startedAt)),
    async race<T>(work: Promise<T>): Promise<T> {
      const timeout = Promise.withResolvers<never>()
      const timer = setTimeout(() => {
        // Made only when it is needed: an error with its stack costs more than most calls.
        const exceeded = new MeshError({ kind: 'DeadlineExceeded', budgetMs })
        controller.abort(exceeded)
        timeout.reject(exceeded)
      }, budgetMs)
      try {
        return await Promise.race([work, timeout.promise])
      } finally {
        clearTimeout(timer)
      }
    },
  }
}
