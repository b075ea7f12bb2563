import { ChannelFlags } from 'discord-api-types/v10'
import type { SimTimer } from '../clock.ts'
import type { ChannelState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import { announceThreadUpdate } from './thread-events.ts'

const lookEveryMs = 60_000

/**
 * "Threads automatically archive after a period of inactivity. 'Activity' is defined as sending a message,
 * unarchiving a thread, or changing the auto-archive time." A pinned thread does not. Nobody is the actor, so
 * the audit log has nothing of it. Source: https://docs.discord.com/developers/topics/threads#active--archived-threads
 */
export class ThreadArchiver {
  readonly #world: World
  readonly #timer: SimTimer

  constructor(world: World) {
    this.#world = world
    this.#timer = world.clock.every(lookEveryMs, () => this.#look())
  }

  dispose(): void {
    this.#timer.cancel()
  }

  #look(): void {
    for (const channel of this.#world.channels.values())
      if (isIdle(channel, this.#world.now())) this.#archive(channel)
  }

  #archive(channel: ChannelState): void {
    if (!channel.thread) return
    channel.thread.archived = true
    channel.thread.archiveChangedAtMs = this.#world.now()
    announceThreadUpdate(this.#world, channel, false)
  }
}

function isIdle(channel: ChannelState, nowMs: number): boolean {
  const { thread } = channel
  if (!thread || thread.archived || (channel.flags & ChannelFlags.Pinned) !== 0) return false
  return nowMs - thread.lastActivityMs >= thread.autoArchiveMinutes * 60_000
}
