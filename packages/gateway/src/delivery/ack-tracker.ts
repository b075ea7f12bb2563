/**
 * Which events of one Discord session are not yet settled (durable at their owner, or of no owner's concern), and
 * from which seq a successor must therefore resume: the lowest unacked one, minus one.
 */
export class AckTracker {
  /** In rising order; settled ones stay until everything below them is settled too. */
  #seqs: number[] = []
  #settled: boolean[] = []
  #head = 0
  #open = 0
  #received: number

  /** @param seq everything up to here is durable already */
  constructor(seq: number) {
    this.#received = seq
  }

  /** Everything of the session up to here is settled. Never falls. */
  get lowWatermark(): number {
    const lowest = this.#seqs[this.#head]
    return lowest === undefined ? this.#received : lowest - 1
  }

  get receivedSeq(): number {
    return this.#received
  }

  /** Events received and not settled. */
  get openCount(): number {
    return this.#open
  }

  /** Takes in an event; seqs must rise. */
  receive(seq: number): void {
    if (seq <= this.#received) throw new RangeError(`seq ${seq} does not rise above ${this.#received}`)
    this.#received = seq
    this.#seqs.push(seq)
    this.#settled.push(false)
    this.#open += 1
  }

  /** Settles an event; repeating it, or a seq that was never received, changes nothing. */
  settle(seq: number): void {
    const index = this.#indexOf(seq)
    if (index === null || this.#settled[index]) return
    this.#settled[index] = true
    this.#open -= 1
    while (this.#settled[this.#head]) this.#head += 1
    this.#compact()
  }

  #indexOf(seq: number): number | null {
    let low = this.#head
    let high = this.#seqs.length - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      const found = this.#seqs[middle] ?? Infinity
      if (found === seq) return middle
      if (found < seq) low = middle + 1
      else high = middle - 1
    }
    return null
  }

  /** Frees the settled front once it is the larger part, so that each event is moved a bounded number of times. */
  #compact(): void {
    if (this.#head < 1024 || this.#head * 2 < this.#seqs.length) return
    this.#seqs = this.#seqs.slice(this.#head)
    this.#settled = this.#settled.slice(this.#head)
    this.#head = 0
  }
}
