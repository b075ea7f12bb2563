/** Parts that run as long as an app: the first of them that fails ends the app. */
export class RunningParts {
  readonly #ending = new AbortController()
  readonly #failure = Promise.withResolvers<never>()

  constructor() {
    // Whoever does not look at `failed` must not be ended by an unhandled rejection.
    this.#failure.promise.catch(() => {})
  }

  /** Aborted when the app ends. */
  get signal(): AbortSignal {
    return this.#ending.signal
  }

  /** Rejects with what the first part to fail has thrown; never resolves. */
  get failed(): Promise<never> {
    return this.#failure.promise
  }

  /** Attends a part that runs until `signal` aborts. */
  attend(part: Promise<unknown>): void {
    part.catch((error: unknown) => {
      if (!this.signal.aborted) this.#failure.reject(error)
    })
  }

  /** Ends all parts; what they throw from now on is of no concern. */
  end(): void {
    this.#ending.abort()
  }
}
