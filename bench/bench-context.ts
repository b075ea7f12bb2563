import { setTimeout as delay } from 'node:timers/promises'

/** What every bench gets: a way to report progress, and the signal that ends it early. */
export interface BenchContext {
  /** One line of progress. */
  say(line: string): void
  /** Aborted by Ctrl-C, or when the whole run has taken too long. */
  readonly signal: AbortSignal
  /** Folder for CPU profiles of the gateways; `null`: none are taken. */
  readonly profileDir: string | null
}

/** A table for people: on the terminal and in Markdown. */
export interface BenchTable {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** The outcome of a bench. */
export interface BenchResult {
  readonly tables: readonly BenchTable[]
  /** What readers of the tables need to know. */
  readonly notes: readonly string[]
  /** The same figures for programs, units in the names. */
  readonly figures: Readonly<Record<string, unknown>>
}

/** Waits; rejects when the signal aborts. */
export async function pause(ms: number, { signal }: Pick<BenchContext, 'signal'>): Promise<void> {
  await delay(ms, undefined, { signal })
}

/**
 * Asks repeatedly until the answer is not `null`.
 * @throws Error that names what it waited for, when the time is over
 */
export async function untilTrue<T>(
  what: string,
  context: Pick<BenchContext, 'signal'>,
  limit: { readonly everyMs: number; readonly timeoutMs: number },
  ask: () => T | null | Promise<T | null>,
): Promise<T> {
  const deadline = performance.now() + limit.timeoutMs
  for (;;) {
    const answer = await ask()
    if (answer !== null) return answer
    if (performance.now() > deadline) throw new Error(`waited ${limit.timeoutMs / 1000} s for ${what}`)
    await pause(limit.everyMs, context)
  }
}
