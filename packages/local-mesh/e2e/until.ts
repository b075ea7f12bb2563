import { setTimeout as delay } from 'node:timers/promises'

const everyMs = 100

/** Tries until `attempt` does not throw; then its value. Usable in hooks and global setup too, unlike `expect.poll`. @throws its last error */
export async function until<T>(attempt: () => T | Promise<T>, timeoutMs: number): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (performance.now() > deadline) throw error
    }
    await delay(everyMs)
  }
}
