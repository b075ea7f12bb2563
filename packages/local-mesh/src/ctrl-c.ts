/** What a signal to the launcher means. */
export type StopWish = 'politely' | 'at once' | 'nothing new'

/**
 * One Ctrl-C may arrive several times: npm passes on to its child what the terminal has already sent to both. So a
 * second signal counts as a second wish only after this time.
 */
const sameKeyMs = 400

/** Reads signals: the first asks for a polite end, a later one for an end at once. Times are milliseconds. */
export class CtrlC {
  #firstAtMs: number | null = null

  pressed(atMs: number): StopWish {
    if (this.#firstAtMs === null) {
      this.#firstAtMs = atMs
      return 'politely'
    }
    return atMs - this.#firstAtMs >= sameKeyMs ? 'at once' : 'nothing new'
  }
}
