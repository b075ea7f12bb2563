import type { FailureKind } from '@guildmesh/contracts'
import type { Metrics } from '@guildmesh/runtime'

/** Counts of the search for owners. */
export interface OwnerMetrics {
  /** The owner that was called refused or did not answer, and another try was made. */
  searched(failure: FailureKind): void
}

export function createOwnerMetrics(metrics: Metrics): OwnerMetrics {
  const retries = metrics.counter(
    'edge_owner_retries_total',
    'Calls to a guild owner that were made again, by the failure before',
    ['failure'],
  )
  return { searched: (failure) => retries.inc({ failure }) }
}
