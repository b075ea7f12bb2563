import type { GatewayId } from '@guildmesh/contracts'
import { backoffMs, type Timers } from '@guildmesh/runtime'
import type { Lane } from './lane.ts'

export interface GatewayQueueOptions {
  readonly gatewayId: GatewayId
  /**
   * Begins a call with lanes of the queue.
   * @returns whether the gateway answered; `null`: there was nothing to send
   */
  readonly begin: (queue: GatewayQueue) => Promise<boolean> | null
  readonly timers: Timers
}

/** Calls under way to one gateway. */
const maxCalls = 4
const backoff = { firstMs: 50, maxMs: 1000, jitter: 'half' } as const

/** When the next calls begin. */
type Pause =
  | { readonly name: 'none' }
  /** After the current turn of the event loop, so that what arrived together leaves together. */
  | { readonly name: 'gathering'; readonly cancel: () => void }
  /** The gateway did not answer. */
  | { readonly name: 'holding-off'; readonly cancel: () => void }
  | { readonly name: 'closed' }

/** The lanes whose next events go to one gateway. One that does not answer holds up these lanes only. */
export class GatewayQueue {
  readonly gatewayId: GatewayId
  readonly #options: GatewayQueueOptions
  readonly #lanes = new Set<Lane>()
  #pause: Pause = { name: 'none' }
  #calls = 0
  #failures = 0

  constructor(options: GatewayQueueOptions) {
    this.gatewayId = options.gatewayId
    this.#options = options
  }

  add(lane: Lane): void {
    this.#lanes.add(lane)
    if (this.#pause.name === 'none') this.#callAfter(0, 'gathering')
  }

  remove(lane: Lane): void {
    this.#lanes.delete(lane)
  }

  /** Hands out lanes until the caller has enough: first the one that has been waiting for longest. */
  *take(): Generator<Lane> {
    for (const lane of this.#lanes) {
      this.#lanes.delete(lane)
      yield lane
    }
  }

  close(): void {
    this.#cancelPause()
    this.#pause = { name: 'closed' }
  }

  #callAfter(afterMs: number, name: 'gathering' | 'holding-off'): void {
    this.#cancelPause()
    const cancel = this.#options.timers.after(afterMs, () => {
      this.#pause = { name: 'none' }
      this.#callWhileAllowed()
    })
    this.#pause = { name, cancel }
  }

  #cancelPause(): void {
    if ('cancel' in this.#pause) this.#pause.cancel()
  }

  #callWhileAllowed(): void {
    while (this.#calls < maxCalls) {
      const call = this.#options.begin(this)
      if (!call) return
      void this.#untilAnswered(call)
    }
  }

  async #untilAnswered(call: Promise<boolean>): Promise<void> {
    this.#calls += 1
    const isAnswered = await call
    this.#calls -= 1
    if (this.#pause.name === 'closed') return
    if (!isAnswered) {
      this.#failures += 1
      this.#callAfter(backoffMs(backoff, this.#failures, Math.random()), 'holding-off')
      return
    }
    this.#failures = 0
    if (this.#pause.name !== 'holding-off') this.#callWhileAllowed()
  }
}
