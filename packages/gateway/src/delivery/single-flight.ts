/**
 * Runs one task a key at a time, and at most `limit` in all; others wait their turn in order. Who asks for a key
 * whose task is under way gets that task's result.
 */
export class SingleFlight<K> {
  readonly #limit: number
  readonly #flights = new Map<K, Promise<void>>()
  readonly #queue: (() => void)[] = []
  #running = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  run(key: K, task: () => Promise<void>): Promise<void> {
    const flying = this.#flights.get(key)
    if (flying) return flying
    const flight = this.#run(task).finally(() => this.#flights.delete(key))
    this.#flights.set(key, flight)
    return flight
  }

  async #run(task: () => Promise<void>): Promise<void> {
    if (this.#running >= this.#limit) await new Promise<void>((resolve) => this.#queue.push(resolve))
    this.#running += 1
    try {
      await task()
    } finally {
      this.#running -= 1
      this.#queue.shift()?.()
    }
  }
}
