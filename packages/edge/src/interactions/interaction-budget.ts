import { type Call, MeshError } from '@guildmesh/contracts'
import type { Clock } from '@guildmesh/runtime'

/** Milliseconds from the first byte of Discord's request to our answer. Discord waits 3 s, the network included. */
export const interactionBudgetMs = 2300

/** The time budget of an interaction, as the call that is passed on to the gateway. */
export interface InteractionBudget extends Disposable {
  readonly call: Call
  /** Rejects with DeadlineExceeded when the budget is spent; never resolves. */
  readonly spent: Promise<never>
}

/**
 * Starts the budget.
 * @param startedAt when the request's first byte came, by the monotonic clock
 */
export function startBudget(startedAt: number, clock: Clock, traceparent: string | null): InteractionBudget {
  const remainingMs = () => Math.max(0, interactionBudgetMs - (clock.monotonicMs() - startedAt))
  const controller = new AbortController()
  const spent = Promise.withResolvers<never>()
  // Nobody may be waiting for it when it comes.
  spent.promise.catch(() => undefined)
  const timer = setTimeout(() => {
    const exceeded = new MeshError({ kind: 'DeadlineExceeded', budgetMs: interactionBudgetMs })
    controller.abort(exceeded)
    spent.reject(exceeded)
  }, remainingMs())
  return {
    call: { caller: { kind: 'anonymous' }, signal: controller.signal, remainingMs, traceparent },
    spent: spent.promise,
    [Symbol.dispose]: () => clearTimeout(timer),
  }
}
