/** A built service: its composition root gives it out when it serves. Disposing ends its parts in reverse order. */
export interface App extends AsyncDisposable {
  /** Takes no new work, hands over, and resolves when nothing is left to hand over. */
  drain(): Promise<void>
  /** Rejects when a part has failed in a way that the app cannot heal; never resolves. */
  readonly failed: Promise<never>
}

/** What a composition root is given. */
export interface AppTools {
  readonly env: NodeJS.ProcessEnv
  /** Aborted when the process must end, also while the app is still being built. */
  readonly signal: AbortSignal
}
