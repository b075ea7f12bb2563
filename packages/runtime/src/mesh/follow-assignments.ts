import type { ConfigRouter } from '@guildmesh/contracts'
import type { MeshConnection } from '../client/connection.ts'
import { subscriptionEvents } from '../client/subscription-events.ts'
import type { Logger } from '../observability/logger.ts'
import { backoffMs } from '../work/backoff.ts'
import { Worker, type WorkerRun } from '../work/worker.ts'
import type { RoutingTable } from './routing-table.ts'

const backoff = { firstMs: 100, maxMs: 3000, jitter: 'full' } as const

/**
 * Keeps a routing table up to date from `assignments.watch` until the signal ends it. After an interruption it
 * continues after the last event that the table has taken.
 */
export function followAssignments(options: {
  connection: Pick<MeshConnection<ConfigRouter>, 'client'>
  table: RoutingTable
  logger: Logger
  signal: AbortSignal
}): Promise<void> {
  const { connection, table, logger } = options
  const follow = async ({ signal, succeeded }: WorkerRun) => {
    const { revision } = table
    const input = revision === null ? {} : { lastEventId: revision }
    const events = subscriptionEvents<{ data: Parameters<RoutingTable['apply']>[0] }>(
      (observer) => connection.client.assignments.watch.subscribe(input, { ...observer, signal }),
      signal,
    )
    for await (const event of events) {
      succeeded()
      table.apply(event.data)
    }
    return backoffMs(backoff, 1, Math.random())
  }
  const onFailure = (error: unknown) =>
    logger.warn(
      { event: 'assignments-interrupted', err: error, revision: table.revision },
      'lost the feed of assignments; subscribing again',
    )
  return new Worker({ work: follow, backoff, onFailure }).run(options.signal)
}
