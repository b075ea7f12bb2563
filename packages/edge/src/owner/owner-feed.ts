import { type Call, failurePolicies, type GuildId, MeshError } from '@guildmesh/contracts'
import { onward } from '@guildmesh/runtime'
import type { GatewayClient, GatewayClients } from '../config-client.ts'
import { waitFor } from './hold.ts'
import type { OwnerCalls, Routes } from './owner-calls.ts'
import type { OwnerSearch } from './owner-search.ts'

/** How a subscription at the owner reports. */
export interface FeedObserver<Item> {
  onData(item: Item): void
  onError(error: unknown): void
  onComplete(): void
}

export interface OwnerFeedOptions<Item> {
  readonly calls: OwnerCalls
  readonly gateways: GatewayClients
  readonly routes: Routes
  readonly guildId: GuildId
  readonly call: Call
  /** Subscribes at the owner. */
  readonly subscribe: (
    gateway: GatewayClient,
    owned: { guildId: GuildId; epoch: number },
    request: ReturnType<typeof onward>,
    observer: FeedObserver<Item>,
  ) => { unsubscribe(): void }
}

const maxWaitMs = 1200
/** Between two rounds of looking for an owner that is away for longer. */
const pauseMs = 1000

/**
 * Relays a subscription from whichever gateway owns the guild, until the caller goes away. A reader that is slower
 * than the owner gets the newest item only: an item says that something changed, not what.
 * @throws MeshError if the guild is gone or the owner refuses for good
 */
export async function* followOwner<Item>(options: OwnerFeedOptions<Item>): AsyncGenerator<Item, void> {
  const { calls, routes, guildId, call } = options
  let search: OwnerSearch | null = null
  while (!call.signal.aborted) {
    try {
      search ??= await calls.begin(guildId, call, 'refuse')
      for await (const item of readOwner(options, search)) {
        search = { ...search, redirects: 0, holds: 0, waitedMs: 0 }
        yield item
      }
      // An owner that ends the feed without a word is going away: look for its successor.
      throw new MeshError({ kind: 'Unavailable', service: search.tried.gatewayId, retryAfterMs: 0 })
    } catch (error) {
      if (call.signal.aborted) return
      if (!(error instanceof MeshError)) throw error
      search = search && (await calls.next(search, error, call, maxWaitMs).catch(giveUpOrRetry))
      if (search) continue
      if (failurePolicies[error.failure.kind].retry === 'never') throw error
      await waitFor({
        waitMs: pauseMs,
        signal: call.signal,
        isOver: () => false,
        onChange: (listener) => routes.onChange(listener),
      })
    }
  }
}

/** A search that found nobody for now starts again; one that can find nobody ends the feed. */
function giveUpOrRetry(error: unknown): null {
  if (error instanceof MeshError && failurePolicies[error.failure.kind].retry !== 'never') return null
  throw error
}

/** The items of one owner's subscription. Ends as that does; the newest item not yet read replaces an older one. */
async function* readOwner<Item>(
  { gateways, routes, guildId, call, subscribe }: OwnerFeedOptions<Item>,
  search: OwnerSearch,
): AsyncGenerator<Item, void> {
  const feed: { unread: { item: Item } | null; ended: { error: unknown } | 'completed' | null } = {
    unread: null,
    ended: null,
  }
  let wake = Promise.withResolvers<void>()
  const end = (how: { error: unknown } | 'completed') => {
    feed.ended ??= how
    wake.resolve()
  }
  const observer: FeedObserver<Item> = {
    onData(item) {
      feed.unread = { item }
      wake.resolve()
    },
    onError: (error) => end({ error }),
    onComplete: () => end('completed'),
  }
  const abort = () => end('completed')
  call.signal.addEventListener('abort', abort, { once: true })
  // A subscription waits for its owner to come back, for ever if need be; a later owner ends that wait.
  const stopListening = routes.onChange(() => {
    if ((routes.ownerOf(guildId)?.epoch ?? 0) > search.tried.epoch) end('completed')
  })
  const owned = { guildId, epoch: search.tried.epoch }
  const subscription = subscribe(gateways.to(search.tried.gatewayId), owned, onward(call), observer)
  try {
    while (!feed.ended || feed.unread) {
      if (!feed.unread) await wake.promise
      wake = Promise.withResolvers<void>()
      const { unread } = feed
      feed.unread = null
      if (unread) yield unread.item
    }
    if (feed.ended !== 'completed') throw feed.ended.error
  } finally {
    stopListening()
    call.signal.removeEventListener('abort', abort)
    subscription.unsubscribe()
  }
}
