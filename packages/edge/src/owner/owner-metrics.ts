import type { FailureKind } from '@guildmesh/contracts'
import type { Metrics } from '@guildmesh/runtime'
import type { SearchEndReason } from './owner-search.ts'

/** Counts of the search for owners. */
export interface OwnerMetrics {
  /** The owner that was called refused or did not answer, and another try was made. */
  searched(failure: FailureKind): void
  /** The search ended, and the caller gets the failure. */
  gaveUp(reason: SearchEndReason): void
}

export function createOwnerMetrics(metrics: Metrics): OwnerMetrics {
  const retries = metrics.counter(
    'edge_owner_retries_total',
    'Calls to a guild owner that were made again, by the failure before',
    ['failure'],
  )
  const ends = metrics.counter(
    'edge_owner_searches_ended_total',
    'Calls to a guild owner that ended with a failure, by why no further try was made',
    ['reason'],
  )
  return {
    searched: (failure) => retries.inc({ failure }),
    gaveUp: (reason) => ends.inc({ reason }),
  }
}
