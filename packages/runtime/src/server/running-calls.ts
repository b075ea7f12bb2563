import type { CallObserver } from '@guildmesh/contracts'

/** Counts the calls under way, so that a draining server can wait for them. Subscriptions do not count. */
export class RunningCalls {
  #count = 0
  #idle: (() => void)[] = []

  readonly observe: CallObserver = ({ type }) => {
    if (type === 'subscription') return () => undefined
    this.#count += 1
    return () => {
      this.#count -= 1
      if (this.#count > 0) return
      // The answer is sent after the call has ended; whoever waits goes on after that.
      setImmediate(() => {
        if (this.#count > 0) return
        for (const wake of this.#idle.splice(0)) wake()
      })
    }
  }

  /** Resolves when no call is under way. */
  async none(): Promise<void> {
    if (this.#count > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }
}
