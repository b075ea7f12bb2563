/** A long-running part of a service, or a whole one. */
export interface Service {
  readonly name: string
  /** Resolves when it has ended; rejects when it cannot go on. */
  run(signal: AbortSignal): Promise<void>
  /** Takes no new work and hands over what it holds. */
  drain(): Promise<void>
  /** Ends at once. */
  stop(): Promise<void>
}

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
