import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { FailureNotice } from '../ui/failure-notice.tsx'
import { Loading, Skeleton } from '../ui/skeleton.tsx'

/** Waits for a query and shows its data. If the query fails, says so above the data of before. */
export function QueryView<Data>(props: {
  readonly query: UseQueryResult<Data, unknown>
  /** As `The gateways`. */
  readonly what: string
  readonly children: (data: Data) => ReactNode
}) {
  const { query, what } = props
  return (
    <>
      {query.error ? (
        <div className="mb-4">
          <FailureNotice
            error={query.error}
            what={what}
            retry={() => void query.refetch()}
            retrying={query.isFetching}
          />
        </div>
      ) : null}
      {query.data !== undefined ? (
        props.children(query.data)
      ) : query.error ? null : (
        <>
          <Loading what={what.toLowerCase()} />
          <Skeleton className="h-64" />
        </>
      )}
    </>
  )
}
