/** A running service, as its composition root returns it. Disposing closes its parts in reverse order. */
export interface App extends AsyncDisposable {
  /** Accepts no new work and hands over what it holds; resolves when that is done. */
  drain(): Promise<void>
  /** Rejects when a part has failed for good; never resolves. */
  readonly failed: Promise<never>
}

/** The arguments of a composition root. */
export interface AppTools {
  readonly env: NodeJS.ProcessEnv
  /** Aborted when the process must end, also while the app is still being built. */
  readonly signal: AbortSignal
}
