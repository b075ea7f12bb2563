import { useQueryClient } from '@tanstack/react-query'
import { useSubscription } from '@trpc/tanstack-react-query'
import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react'
import { trpc } from '../api/client.ts'
import { explainFailure } from '../api/explain-failure.ts'
import { failureOf } from '../api/failure-of.ts'
import { throttled } from './throttled.ts'

/** Whether the page learns of changes as they are committed. `off`: it may not, and does not try. */
export type LiveState = 'live' | 'reconnecting' | 'off'

const firstPauseMs = 1000
const longestPauseMs = 30_000

/**
 * Reads a server's data again when something of it was committed, at most once in `gapMs`. Holds a connection only
 * while the page is visible: a browser has few of them for one site, and an edge has better uses for them.
 */
export function useLiveGuild(guildId: string, gapMs: number): LiveState {
  const queries = useQueryClient()
  const visible = useVisible()
  const refetch = useMemo(
    () =>
      throttled(() => {
        void queries.invalidateQueries(trpc.guild.overview.queryFilter({ guildId }))
        // Every window of this guild that is on the page.
        void queries.invalidateQueries({ queryKey: [['guild', 'activity'], { input: { guildId } }] })
      }, gapMs),
    [queries, guildId, gapMs],
  )
  useEffect(() => () => refetch.cancel(), [refetch])

  const failures = useRef(0)
  const { status, error, reset } = useSubscription(
    trpc.guild.changes.subscriptionOptions(
      { guildId },
      {
        enabled: visible,
        onData() {
          failures.current = 0
          refetch.wish()
        },
      },
    ),
  )

  // Changes of the time without a connection are not sent again: read once when there is one again.
  const connected = status === 'pending'
  const wasConnected = useRef(false)
  useEffect(() => {
    if (!connected) return
    if (wasConnected.current) refetch.wish()
    wasConnected.current = true
  }, [connected, refetch])

  const hopeless =
    error !== null && failureOf(error).kind !== 'NoAnswer' && !explainFailure(failureOf(error)).retryable
  useEffect(() => {
    if (status !== 'error') return undefined
    // The stream may be the first to be refused, and a browser does not always tell why: the session's query knows.
    void queries.invalidateQueries(trpc.session.me.queryFilter())
    if (hopeless) return undefined
    const pauseMs =
      Math.min(firstPauseMs * 2 ** failures.current, longestPauseMs) * (0.75 + Math.random() / 2)
    failures.current += 1
    const timer = setTimeout(reset, pauseMs)
    return () => clearTimeout(timer)
  }, [status, hopeless, reset, queries])

  if (hopeless) return 'off'
  return connected ? 'live' : 'reconnecting'
}

function useVisible(): boolean {
  return useSyncExternalStore(
    (changed) => {
      document.addEventListener('visibilitychange', changed)
      return () => document.removeEventListener('visibilitychange', changed)
    },
    () => document.visibilityState === 'visible',
  )
}
