/** What a turn of work asks for: another at once, one a little later (the reader is slow), or none. */
export type NextTurn = 'at-once' | 'later' | 'none'

const laterMs = 5

/** Long work towards sockets, done in turns, so that one slow or large reader holds up nobody else. */
export class Pumps {
  readonly #waiting = new Set<() => void>()

  /** Runs `turn` now, and again for as long as it asks for more. */
  run(turn: () => NextTurn): void {
    const next = turn()
    if (next === 'none') return
    const again = () => {
      this.#waiting.delete(cancel)
      this.run(turn)
    }
    const timer = next === 'later' ? setTimeout(again, laterMs) : null
    const immediate = next === 'at-once' ? setImmediate(again) : null
    const cancel = () => {
      if (timer) clearTimeout(timer)
      if (immediate) clearImmediate(immediate)
    }
    this.#waiting.add(cancel)
  }

  dispose(): void {
    for (const cancel of this.#waiting) cancel()
    this.#waiting.clear()
  }
}
