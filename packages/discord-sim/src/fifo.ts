/** A queue whose oldest element can be looked at and taken at a constant cost, however long it is. */
export class Fifo<T> {
  #items: T[] = []
  /** Index of the oldest; what is before it has been taken and is cut off now and then. */
  #start = 0

  get length(): number {
    return this.#items.length - this.#start
  }

  get oldest(): T | undefined {
    return this.#items[this.#start]
  }

  push(item: T): void {
    this.#items.push(item)
  }

  take(): T | undefined {
    if (this.length === 0) return undefined
    const item = this.#items[this.#start]
    this.#start += 1
    if (this.#start > 1_024 && this.#start * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#start)
      this.#start = 0
    }
    return item
  }

  clear(): void {
    this.#items = []
    this.#start = 0
  }

  toArray(): T[] {
    return this.#items.slice(this.#start)
  }
}
