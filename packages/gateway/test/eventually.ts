import { setTimeout as sleep } from 'node:timers/promises'

/** Waits until a condition holds; fails with what was last seen when it does not within the limit. */
export async function eventually<T>(
  look: () => T | Promise<T>,
  holds: (value: T) => boolean = Boolean,
  limitMs = 20_000,
): Promise<T> {
  const until = performance.now() + limitMs
  for (;;) {
    const value = await look()
    if (holds(value)) return value
    if (performance.now() > until) {
      throw new Error(`not within ${limitMs} ms; last seen: ${JSON.stringify(value)?.slice(0, 2000)}`)
    }
    await sleep(10)
  }
}
