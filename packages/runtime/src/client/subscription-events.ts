import { MeshError } from '@guildmesh/contracts'

/** Events that may wait for a slow reader. Beyond that the subscription ends: its reader would only see outdated events. */
const mostWaiting = 10_000

interface Observer<T> {
  onData(event: T): void
  onError(error: unknown): void
  onComplete(): void
}

/**
 * A subscription as an async iterable: `for await (const e of subscriptionEvents((o) => client.x.subscribe(input, o), signal))`.
 * Leaving the loop, or the signal, unsubscribes.
 * @throws MeshError what the server answered
 */
export async function* subscriptionEvents<T>(
  subscribe: (observer: Observer<T>) => { unsubscribe(): void },
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  const waiting: T[] = []
  let ended: { error?: unknown } | null = null
  let wake = Promise.withResolvers<void>()
  const end = (how: { error?: unknown }) => {
    ended ??= how
    wake.resolve()
  }
  const subscription = subscribe({
    onData(event) {
      if (waiting.length >= mostWaiting) {
        return end({ error: new MeshError({ kind: 'RateLimited', retryAfterMs: 1000 }) })
      }
      waiting.push(event)
      wake.resolve()
    },
    onError: (error) => end({ error }),
    onComplete: () => end({}),
  })
  const onAbort = () => end({})
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    while (!signal.aborted) {
      const events = waiting.splice(0)
      for (const event of events) yield event
      if (waiting.length > 0) continue
      const how = readEnd(ended)
      if (how && 'error' in how) throw how.error
      if (how) return
      await wake.promise
      wake = Promise.withResolvers<void>()
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    subscription.unsubscribe()
  }
}

/** Callbacks write it, which the compiler cannot see. */
function readEnd(ended: { error?: unknown } | null): { error?: unknown } | null {
  return ended
}
