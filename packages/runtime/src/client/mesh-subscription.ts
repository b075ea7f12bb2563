import { MeshError } from '@guildmesh/contracts'
import { z } from 'zod'
import { formatTraceparent, parseTraceparent } from '../observability/traceparent.ts'
import { sleep } from '../time/timers.ts'
import { backoffMs } from '../work/backoff.ts'
import type { MeshCaller } from './mesh-caller.ts'
import { type MeshTransport, TransportLost } from './transport.ts'

const backoff = { firstMs: 50, maxMs: 2000, jitter: 'full' } as const

export interface SubscriptionEvents {
  onStarted(): void
  /** A parsed event; `{id, data}` if the server tracks events. */
  onData(event: unknown): void
  /** The connection is gone (`false`) or back (`true`). */
  onConnected(connected: boolean): void
}

/** What a tracked event looks like on the wire. */
const Tracked = z.object({ id: z.string(), data: z.unknown() })

/**
 * Keeps a subscription alive across lost connections: it is started again with a fresh token, after the last tracked
 * event. Resolves when the server or the signal ends it.
 * @throws MeshError what the server answered
 */
export async function runSubscription(
  caller: MeshCaller,
  transport: MeshTransport,
  subscription: { path: string; input: unknown; traceparent: string | null; signal: AbortSignal },
  events: SubscriptionEvents,
): Promise<void> {
  const { path, signal } = subscription
  const procedure = caller.procedure(path)
  const parent = parseTraceparent(subscription.traceparent)
  let lastEventId: string | undefined
  let losses = 0
  while (!signal.aborted) {
    const end = new AbortController()
    const receive = (data: unknown) => {
      const tracked = Tracked.safeParse(data)
      const isTracked = tracked.success && !procedure.output.safeParse(data).success
      const parsed = procedure.output.safeParse(isTracked ? tracked.data.data : data)
      if (!parsed.success) return end.abort(new MeshError(unreadable, { cause: parsed.error }))
      if (isTracked) lastEventId = tracked.data.id
      events.onData(isTracked ? { id: tracked.data.id, data: parsed.data } : parsed.data)
    }
    try {
      const mesh = await caller.envelope(parent && formatTraceparent(parent), null)
      const input = { mesh, input: subscription.input, ...(lastEventId === undefined ? {} : { lastEventId }) }
      await transport.subscribe(
        {
          path,
          input,
          onStarted: () => {
            losses = 0
            events.onConnected(true)
            events.onStarted()
          },
          onData: receive,
        },
        AbortSignal.any([signal, end.signal]),
      )
      return
    } catch (error) {
      if (signal.aborted) return
      if (transport.state === 'closed' || !isResumable(error)) throw asMeshError(error)
      losses += 1
      events.onConnected(false)
      await sleep(backoffMs(backoff, losses, Math.random()), signal)
    }
  }
}

const unreadable = {
  kind: 'InvalidInput' as const,
  issues: [{ path: '', message: 'an event of the subscription does not fit the contract' }],
}

/** A token may expire in transit; the next attempt carries a fresh one. */
function isResumable(error: unknown): boolean {
  if (error instanceof TransportLost) return true
  return (
    error instanceof MeshError &&
    error.failure.kind === 'Unauthenticated' &&
    error.failure.reason === 'expired'
  )
}

function asMeshError(error: unknown): MeshError {
  if (error instanceof MeshError) return error
  return new MeshError({ kind: 'Unavailable', service: 'subscription', retryAfterMs: 500 }, { cause: error })
}
