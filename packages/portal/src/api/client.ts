import type { PortalRouter } from '@guildmesh/contracts'
import { hashKey, QueryCache, QueryClient } from '@tanstack/react-query'
import { createTRPCClient, httpLink, httpSubscriptionLink, splitLink } from '@trpc/client'
import { createTRPCOptionsProxy } from '@trpc/tanstack-react-query'
import { explainFailure } from './explain-failure.ts'
import { failureOf } from './failure-of.ts'

const url = '/api/trpc'

/** Calls go out one by one: in a batch, the slowest guild would hold up all the others. */
const client = createTRPCClient<PortalRouter>({
  links: [
    splitLink({
      condition: (operation) => operation.type === 'subscription',
      true: httpSubscriptionLink({ url }),
      false: httpLink({ url }),
    }),
  ],
})

const mostRetries = 2

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    // Any call may be the first to notice that the session has ended; the session query then shows it.
    onError(error, query) {
      const session = trpc.session.me.queryKey()
      if (failureOf(error).kind !== 'Unauthenticated' || query.queryHash === hashKey(session)) return
      void queryClient.invalidateQueries({ queryKey: session })
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, error) => failures < mostRetries && explainFailure(failureOf(error)).retryable,
      // The page says that it tries again by itself: it does.
      refetchInterval: (query) =>
        query.state.error && explainFailure(failureOf(query.state.error)).retryable ? 10_000 : false,
      retryDelay: (failures, error) => {
        const { retryAfterMs } = explainFailure(failureOf(error))
        const backoff = Math.max(retryAfterMs, 500) * 2 ** failures
        return Math.min(backoff, 10_000) * (0.75 + Math.random() / 2)
      },
    },
  },
})

/** The edge's procedures as options of TanStack Query. */
export const trpc = createTRPCOptionsProxy<PortalRouter>({ client, queryClient })
