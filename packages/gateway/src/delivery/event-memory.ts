import type { Position } from '@guildmesh/contracts'
import type { HeldEvent } from './held-event.ts'
import { orAborted } from './or-aborted.ts'
import type { SessionProgress } from './session-progress.ts'

export interface EventMemoryOptions {
  readonly progress: Pick<SessionProgress, 'settle'>
  /** Events, and size of their payloads, that make the memory full. */
  readonly limit: { readonly events: number; readonly size: number }
  /** It became full, or has room again. */
  readonly onPressure: (isFull: boolean) => void
  /** The low watermark may have risen. */
  readonly onSettled: () => void
}

/** Below this share of its limits a full memory counts as having room again. */
const roomShare = 0.5

/** The events of one shard that are in memory, whatever lane or session they are of. */
export class EventMemory {
  readonly #options: EventMemoryOptions
  #events = 0
  #size = 0
  #isFull = false
  #emptied = Promise.withResolvers<void>()

  constructor(options: EventMemoryOptions) {
    this.#options = options
  }

  get events(): number {
    return this.#events
  }

  get isFull(): boolean {
    return this.#isFull
  }

  hold(events: readonly HeldEvent[]): void {
    this.#resize(events.length, sizeOf(events))
  }

  /** These are durable or on the disk, and memory lets go of them. */
  settle(events: readonly HeldEvent[]): void {
    for (const { position } of events) this.#options.progress.settle(position)
    this.#resize(-events.length, -sizeOf(events))
    this.#options.onSettled()
    if (this.#events > 0) return
    this.#emptied.resolve()
    this.#emptied = Promise.withResolvers()
  }

  /** The event need not be held: no owner wants it, or an earlier holder parked it. */
  skip(position: Position): void {
    this.#options.progress.settle(position)
    this.#options.onSettled()
  }

  /** Resolves when it is empty, or when the signal aborts. */
  async untilEmpty(signal: AbortSignal): Promise<void> {
    if (this.#events > 0) await orAborted(this.#emptied.promise, signal)
  }

  #resize(events: number, size: number): void {
    const { limit, onPressure } = this.#options
    this.#events += events
    this.#size += size
    const share = Math.max(this.#events / limit.events, this.#size / limit.size)
    const isFull = this.#isFull ? share > roomShare : share >= 1
    if (isFull === this.#isFull) return
    this.#isFull = isFull
    onPressure(isFull)
  }
}

function sizeOf(events: readonly HeldEvent[]): number {
  return events.reduce((sum, { size }) => sum + size, 0)
}
