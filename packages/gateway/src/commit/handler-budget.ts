import type { Clock, Counter, Histogram, LogPort, MetricsPort } from '@guildmesh/runtime'

/** Handlers run on the event loop inside a transaction, so one that takes long delays every guild. */
const handlerBudgetMs = 50

/** Measures handlers; counts and names those over budget. */
export class HandlerBudget {
  readonly #clock: Clock
  readonly #log: LogPort
  readonly #durations: Histogram
  readonly #overruns: Counter

  constructor(clock: Clock, log: LogPort, metrics: MetricsPort) {
    this.#clock = clock
    this.#log = log
    this.#durations = metrics.histogram('handler_duration_seconds', 'Time of one handler by feature', [
      'feature',
    ])
    this.#overruns = metrics.counter(
      'handler_over_budget_total',
      `Handlers that took longer than ${handlerBudgetMs} ms`,
      ['feature', 'input'],
    )
  }

  measure<R>(feature: string, input: string, handle: () => R): R {
    const startedAt = this.#clock.monotonicMs()
    try {
      return handle()
    } finally {
      const tookMs = this.#clock.monotonicMs() - startedAt
      this.#durations.observe({ feature }, tookMs / 1000)
      if (tookMs > handlerBudgetMs) {
        this.#overruns.inc({ feature, input })
        this.#log.warn(
          { event: 'handler-over-budget', feature, input, tookMs, budgetMs: handlerBudgetMs },
          'a handler went over its budget',
        )
      }
    }
  }
}
