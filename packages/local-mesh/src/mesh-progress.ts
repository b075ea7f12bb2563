import type { ProcessEvent } from './supervised-process.ts'

/** What each process that is not ready was last known to wait for. */
export class MeshProgress {
  readonly #waiting = new Map<string, string>()

  note(name: string, event: ProcessEvent): void {
    switch (event.type) {
      case 'started':
        this.#waiting.set(name, 'starting')
        break
      case 'waiting':
        this.#waiting.set(name, event.detail)
        break
      case 'ended':
        this.#waiting.set(name, `exited: ${event.exit}`)
        break
      case 'ready':
        this.#waiting.delete(name)
        break
      default:
        event satisfies never
    }
  }

  /** One sentence; `null` if all are ready. */
  describe(): string | null {
    if (this.#waiting.size === 0) return null
    return `still waiting for ${[...this.#waiting].map(([name, what]) => `${name} (${what})`).join(', ')}`
  }
}
