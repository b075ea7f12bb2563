import type { GuildStore } from '@guildmesh/guild-store'
import { type Clock, constantBackoff, type LogPort, type MetricsPort, Worker } from '@guildmesh/runtime'

const measureEveryMs = 5000

/** Keeps the gauges of the outbox up to date. */
export function outboxFigures(options: {
  readonly store: GuildStore
  readonly clock: Clock
  readonly log: LogPort
  readonly metrics: MetricsPort
}): Worker {
  const { store, clock, log, metrics } = options
  const depth = metrics.gauge('outbox_depth', 'Outbox calls by state', ['state'])
  const age = metrics.gauge('outbox_oldest_age_seconds', 'Age of the oldest outbox call that waits')
  return new Worker({
    work() {
      const { waiting, dead, oldestAt } = store.index.outboxFigures()
      depth.set({ state: 'waiting' }, waiting)
      depth.set({ state: 'dead' }, dead)
      age.set({}, oldestAt === null ? 0 : Math.max(0, clock.now() - oldestAt) / 1000)
      return measureEveryMs
    },
    backoff: constantBackoff(measureEveryMs),
    onFailure: (error) =>
      log.error(
        { event: 'outbox-figures-failed', err: error },
        'the outbox could not be measured; trying again',
      ),
  })
}
