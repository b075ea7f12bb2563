import type { ChannelState, MessageState } from './entities.ts'
import { fairShare } from './fair-share.ts'

export interface MessageLimits {
  /** Messages that one channel keeps. */
  perChannel: number
  /** Messages that all channels keep together; the fullest give first. */
  inAll: number
}

/** A limit may be passed by this share of it, so that forgetting is seldom and in one go. */
const slack = 1 / 16

/**
 * Forgets what Discord would keep for ever. The oldest go first; those that something else stands on (a
 * pin, a thread, components) only once nothing else is left to forget.
 */
export class MessageRetention {
  readonly #limits: MessageLimits
  readonly #channels: ReadonlyMap<string, ChannelState>
  /** So many messages can be added before all channels together may have passed their limit. */
  #room: number

  constructor(channels: ReadonlyMap<string, ChannelState>, limits: MessageLimits) {
    this.#channels = channels
    this.#limits = limits
    this.#room = limits.inAll * (1 + slack)
  }

  /** To be called after a message was added to the channel. */
  added(channel: ChannelState): void {
    const { perChannel, inAll } = this.#limits
    if (sizeOf(channel) > perChannel * (1 + slack)) trim(channel, perChannel)
    this.#room -= 1
    if (this.#room >= 0) return
    const channels = [...this.#channels.values()].filter((other) => sizeOf(other) > 0)
    const sizes = channels.map(sizeOf)
    const share = Math.max(1, fairShare(sizes, inAll))
    for (const other of channels) if (sizeOf(other) > share) trim(other, share)
    const kept = channels.reduce((sum, other) => sum + sizeOf(other), 0)
    this.#room = Math.max(0, inAll - kept) + inAll * slack
  }
}

function sizeOf(channel: ChannelState): number {
  return channel.messages?.size ?? 0
}

function trim(channel: ChannelState, keep: number): void {
  const { messages } = channel
  if (!messages) return
  for (const isSpared of [isStoodOn, () => false]) {
    for (const [id, message] of messages) {
      if (messages.size <= keep) return
      if (!isSpared(message)) messages.delete(id)
    }
  }
}

function isStoodOn(message: MessageState): boolean {
  return message.pinnedAtMs !== null || message.threadId !== null || message.components.length > 0
}
