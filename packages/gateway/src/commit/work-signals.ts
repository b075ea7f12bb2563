import type { EffectListener } from '@guildmesh/bot'
import type { GuildId } from '@guildmesh/contracts'

/** Tells whoever works off calls and jobs that some were written, or may be due. */
export class WorkSignals implements EffectListener {
  readonly #onCalls = new Set<(guildId: GuildId) => void>()
  readonly #onJobs = new Set<() => void>()

  onCalls(listener: (guildId: GuildId) => void): void {
    this.#onCalls.add(listener)
  }

  onJobs(listener: () => void): void {
    this.#onJobs.add(listener)
  }

  callsWritten(guildId: GuildId): void {
    for (const listener of this.#onCalls) listener(guildId)
  }

  jobsWritten(): void {
    for (const listener of this.#onJobs) listener()
  }
}
