/**
 * Which events of one Discord session are not yet settled (durable at their owner, parked, or of no owner's concern),
 * and from which seq a successor must therefore resume: the lowest of them, minus one.
 */
export class AckTracker {
  /** Received and not settled, in rising order: a set keeps the order of its insertions. */
  readonly #open = new Set<number>()
  #received: number

  /** @param seq everything up to here is settled already */
  constructor(seq: number) {
    this.#received = seq
  }

  /** Everything of the session up to here is settled. Never falls. */
  get lowWatermark(): number {
    const [lowest] = this.#open
    return lowest === undefined ? this.#received : lowest - 1
  }

  get receivedSeq(): number {
    return this.#received
  }

  /** Takes in an event. @throws RangeError if the seq does not rise, which is a broken caller */
  receive(seq: number): void {
    if (seq <= this.#received) throw new RangeError(`seq ${seq} does not rise above ${this.#received}`)
    this.#received = seq
    this.#open.add(seq)
  }

  /** Settles an event; repeating it, or a seq that was never received, changes nothing. */
  settle(seq: number): void {
    this.#open.delete(seq)
  }
}
