import type { Call } from '@guildmesh/contracts'

/** tRPC request options as the mesh client understands them. */
export interface CallOptions {
  readonly signal: AbortSignal
  readonly context: Record<string, unknown>
}

/** What travels in `context` from the caller to the mesh client. */
export interface CallContext {
  /** By the monotonic clock (`performance.now()`). */
  readonly deadlineAt: number | null
  readonly traceparent: string | null
}

/**
 * Passes the rest of a call's time, its trace and its cancellation on to the next hop: `client.x.query(input, onward(call))`.
 * @param limitMs the next hop gets no more than this
 */
export function onward(call: Call, limitMs?: number): CallOptions {
  const remainingMs = call.remainingMs()
  const budgets = [remainingMs, limitMs].filter((budget) => budget !== null && budget !== undefined)
  const context: CallContext = {
    deadlineAt: budgets.length > 0 ? performance.now() + Math.min(...budgets) : null,
    traceparent: call.traceparent,
  }
  return { signal: call.signal, context: { ...context } }
}

/** Options of a call that nothing caused: it waits at most `budgetMs`. */
export function within(budgetMs: number, signal: AbortSignal = new AbortController().signal): CallOptions {
  const context: CallContext = { deadlineAt: performance.now() + budgetMs, traceparent: null }
  return { signal, context: { ...context } }
}

/** Reads back what `onward` or `within` has put into tRPC's context. */
export function readCallContext(context: Record<string, unknown> | undefined): CallContext {
  const { deadlineAt, traceparent } = context ?? {}
  return {
    deadlineAt: typeof deadlineAt === 'number' ? deadlineAt : null,
    traceparent: typeof traceparent === 'string' ? traceparent : null,
  }
}
