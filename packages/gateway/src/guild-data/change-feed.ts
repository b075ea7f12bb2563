import type { GuildId } from '@guildmesh/contracts'

/** Tells followers of a guild that something of it was committed; any number of commits in between are one change. */
export class ChangeFeed {
  readonly #followers = new Map<GuildId, Set<() => void>>()

  touch(guildIds: Iterable<GuildId>): void {
    if (this.#followers.size === 0) return
    for (const guildId of guildIds) {
      for (const notify of this.#followers.get(guildId) ?? []) notify()
    }
  }

  /** Follows a guild until disposed. `changed` resolves at once if something has changed since it last did. */
  follow(guildId: GuildId): Disposable & { changed(signal: AbortSignal): Promise<void> } {
    let dirty = false
    let waiting: (() => void) | null = null
    const notify = () => {
      dirty = true
      waiting?.()
    }
    const followers = this.#followers.get(guildId) ?? new Set()
    this.#followers.set(guildId, followers.add(notify))
    return {
      async changed(signal) {
        if (!dirty && !signal.aborted) {
          const { promise, resolve } = Promise.withResolvers<void>()
          const wake = () => resolve()
          waiting = wake
          signal.addEventListener('abort', wake, { once: true })
          await promise
          signal.removeEventListener('abort', wake)
          waiting = null
        }
        dirty = false
      },
      [Symbol.dispose]: () => {
        followers.delete(notify)
        if (followers.size === 0) this.#followers.delete(guildId)
      },
    }
  }
}
