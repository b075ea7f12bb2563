/** What a signal to the launcher means. */
export type StopRequest = 'orderly' | 'forced' | 'repeated'

/**
 * One Ctrl-C may arrive several times: npm passes on to its child what the terminal has already sent to both. So a
 * second signal counts as a second Ctrl-C only after this time.
 */
const sameKeyMs = 400

/** Reads signals: the first asks for an orderly shutdown, a later one forces it. Times are milliseconds. */
export class CtrlC {
  #firstAtMs: number | null = null

  pressed(atMs: number): StopRequest {
    if (this.#firstAtMs === null) {
      this.#firstAtMs = atMs
      return 'orderly'
    }
    return atMs - this.#firstAtMs >= sameKeyMs ? 'forced' : 'repeated'
  }
}
