import type { ConfigRouter } from '@guildmesh/contracts'
import { setTimeout as delay } from 'node:timers/promises'
import type { MeshConnection } from '../client/connection.ts'
import { backoffMs } from '../client/retry-decision.ts'
import { subscriptionEvents } from '../client/subscription-events.ts'
import type { Logger } from '../observability/logger.ts'
import type { RoutingTable } from './routing-table.ts'

const firstRetryMs = 100
const longestRetryMs = 3000

/**
 * Keeps a routing table up to date from `assignments.watch` until the signal ends it. Whatever goes wrong, it begins
 * again after the last event that the table has taken.
 */
export async function followAssignments(options: {
  connection: Pick<MeshConnection<ConfigRouter>, 'client'>
  table: RoutingTable
  logger: Logger
  signal: AbortSignal
}): Promise<void> {
  const { connection, table, logger, signal } = options
  let failures = 0
  while (!signal.aborted) {
    try {
      const { revision } = table
      const input = revision === null ? {} : { lastEventId: revision }
      const events = subscriptionEvents<{ data: Parameters<RoutingTable['apply']>[0] }>(
        (observer) => connection.client.assignments.watch.subscribe(input, { ...observer, signal }),
        signal,
      )
      for await (const event of events) {
        failures = 0
        table.apply(event.data)
      }
    } catch (error) {
      logger.warn({ err: error, revision: table.revision }, 'following assignments failed; trying again')
    }
    if (signal.aborted) return
    failures += 1
    const waitMs = backoffMs(failures, Math.random(), firstRetryMs, longestRetryMs)
    await delay(waitMs, undefined, { signal }).catch(() => undefined)
  }
}
