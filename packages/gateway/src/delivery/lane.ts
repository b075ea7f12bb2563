import type { GatewayId, GuildId } from '@guildmesh/contracts'
import { LaneQueue } from './lane-queue.ts'

/** What a lane does at the moment, or what it waits for. */
export type LaneState =
  /** Earlier events of it lie on other gateways' disks and are being fetched: nothing overtakes them. */
  | { readonly name: 'fetching' }
  /** Those have come to this gateway's disk. What was received meanwhile is still to be written after them. */
  | { readonly name: 'joining' }
  /** There is nothing to send. */
  | { readonly name: 'idle' }
  /** Its next events go out with one of the next calls to a gateway. */
  | { readonly name: 'queued'; readonly gatewayId: GatewayId }
  /** A call with its next events is under way. One at a time: that keeps their order. */
  | { readonly name: 'sending' }
  /** The config API was asked who owns the guild. */
  | { readonly name: 'awaiting-owner' }
  /** It got no further and is tried again after a while, or as soon as its route has changed. */
  | { readonly name: 'backing-off'; readonly cancel: () => void }

/** One guild's lane at the holder of its shard: its events, and what becomes of them. */
export class Lane {
  readonly guildId: GuildId
  readonly events: LaneQueue
  state: LaneState
  /** Attempts in a row that brought it no further. */
  failures = 0
  /** When its owner last made events of it durable, monotonic milliseconds. */
  progressAtMs = Number.NEGATIVE_INFINITY

  constructor(guildId: GuildId, events = new LaneQueue(), state: LaneState = { name: 'idle' }) {
    this.guildId = guildId
    this.events = events
    this.state = state
  }
}

/** How many lanes wait for their owners, and how many for earlier events from other gateways' disks. */
export function countWaiting(lanes: Iterable<Lane>): {
  readonly forOwner: number
  readonly forKeeper: number
} {
  let forOwner = 0
  let forKeeper = 0
  for (const { state } of lanes) {
    switch (state.name) {
      case 'fetching':
      case 'joining':
        forKeeper += 1
        break
      case 'awaiting-owner':
      case 'backing-off':
        forOwner += 1
        break
      case 'idle':
      case 'queued':
      case 'sending':
        break
      default:
        state satisfies never
    }
  }
  return { forOwner, forKeeper }
}
