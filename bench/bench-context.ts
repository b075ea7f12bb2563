import { setTimeout as delay } from 'node:timers/promises'

/** What every bench gets: a way to say what goes on, and the signal that ends it early. */
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

/** What a bench found out. */
export interface BenchResult {
  readonly tables: readonly BenchTable[]
  /** What one must know to read the tables. */
  readonly notes: readonly string[]
  /** The same figures for programs, units in the names. */
  readonly figures: Readonly<Record<string, unknown>>
}

/** Waits; rejects when the signal aborts. */
export async function pause(ms: number, { signal }: Pick<BenchContext, 'signal'>): Promise<void> {
  await delay(ms, undefined, { signal })
}

/**
 * Asks again and again until the answer is not `null`.
 * @throws Error with what was waited for when the time is over
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
