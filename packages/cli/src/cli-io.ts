/** A command's access to its environment. */
export interface CliIo {
  readonly env: NodeJS.ProcessEnv
  /** For data. */
  readonly out: (text: string) => void
  /** For progress and errors. */
  readonly err: (text: string) => void
  /** Asks a person; `null` if nobody is at the terminal. */
  readonly ask: ((question: string) => Promise<string>) | null
  /** Milliseconds since 1970-01-01 UTC. */
  readonly now: () => number
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
}
