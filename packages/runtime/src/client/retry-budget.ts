const mostTokens = 20
const tokensPerCall = 0.1

/**
 * Limits retries to about a tenth of the traffic to one target, so that they cannot keep an overloaded target
 * overloaded. Starts full.
 */
export class RetryBudget {
  #tokens = mostTokens

  /** A call was made. */
  earn(): void {
    this.#tokens = Math.min(mostTokens, this.#tokens + tokensPerCall)
  }

  /** Spends one retry. @returns whether there was one */
  spend(): boolean {
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}
