import type { GuildStore } from '@guildmesh/guild-store'
import type { Clock, MetricsPort } from '@guildmesh/runtime'

const measureEveryMs = 5000

/** Keeps the gauges of the outbox up to date until the signal aborts. */
export function outboxFigures(options: {
  readonly store: GuildStore
  readonly clock: Clock
  readonly metrics: MetricsPort
  readonly signal: AbortSignal
}): void {
  const { store, clock, metrics, signal } = options
  const depth = metrics.gauge('outbox_depth', 'Outbox calls by state', ['state'])
  const age = metrics.gauge('outbox_oldest_age_seconds', 'Age of the oldest outbox call that waits')
  const measure = () => {
    const { waiting, dead, oldestAt } = store.index.outboxFigures()
    depth.set({ state: 'waiting' }, waiting)
    depth.set({ state: 'dead' }, dead)
    age.set({}, oldestAt === null ? 0 : Math.max(0, clock.now() - oldestAt) / 1000)
  }
  if (signal.aborted) return
  measure()
  const timer = setInterval(measure, measureEveryMs)
  signal.addEventListener('abort', () => clearInterval(timer), { once: true })
}
