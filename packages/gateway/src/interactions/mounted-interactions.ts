import type { GuildInteraction } from '@guildmesh/bot'
import type { InteractionAnswer } from '@guildmesh/contracts'

/** Answers interactions that no feature of ours claims. */
export interface MountedInteractions {
  /** Whether a module may answer it. */
  takes(interaction: GuildInteraction): boolean
  /**
   * A module's answer, or a deferral in its place after 2 s. `sent` must follow once the answer is stored and handed on.
   * @throws MeshError Unavailable while the modules are starting
   */
  handle(
    interaction: GuildInteraction,
    payload: Readonly<Record<string, unknown>>,
    remainingMs: number,
  ): Promise<InteractionAnswer>
  sent(interactionId: string): void
}
