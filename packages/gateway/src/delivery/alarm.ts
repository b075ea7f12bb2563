import type { Timers } from '@guildmesh/runtime'

/** One thing to be done after a while. Setting it again while it is set changes nothing. */
export class Alarm {
  readonly #timers: Timers
  readonly #ring: () => void
  #cancel: (() => void) | null = null

  constructor(timers: Timers, ring: () => void) {
    this.#timers = timers
    this.#ring = ring
  }

  set(afterMs: number): void {
    this.#cancel ??= this.#timers.after(afterMs, () => {
      this.#cancel = null
      this.#ring()
    })
  }

  clear(): void {
    this.#cancel?.()
    this.#cancel = null
  }
}
