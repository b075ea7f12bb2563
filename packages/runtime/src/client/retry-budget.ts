const mostTokens = 20
const tokensPerCall = 0.1

/**
 * Bounds how much of the traffic to one target may be retries (about a tenth), so that retries cannot hold an
 * overloaded target down. Starts full.
 */
export class RetryBudget {
  #tokens = mostTokens

  /** A call was made. */
  earn(): void {
    this.#tokens = Math.min(mostTokens, this.#tokens + tokensPerCall)
  }

  /** Takes leave to retry once. */
  spend(): boolean {
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}
