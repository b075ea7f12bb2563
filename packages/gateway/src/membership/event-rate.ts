/** Events a second, averaged over about ten seconds. */
export class EventRate {
  readonly #monotonicMs: () => number
  #rate = 0
  #pending = 0
  #sinceMs: number

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs
    this.#sinceMs = monotonicMs()
  }

  add(events: number): void {
    this.#pending += events
  }

  perSecond(): number {
    const nowMs = this.#monotonicMs()
    const elapsedMs = nowMs - this.#sinceMs
    if (elapsedMs >= 250) {
      const weight = 1 - Math.exp(-elapsedMs / 10_000)
      this.#rate += ((this.#pending / elapsedMs) * 1000 - this.#rate) * weight
      this.#pending = 0
      this.#sinceMs = nowMs
    }
    return this.#rate
  }
}
