import type { GatewayId, GuildId, InteractionAnswer, LaneEvent } from '@guildmesh/contracts'
import type { GuildStore } from '@guildmesh/guild-store'
import type { RESTPostAPIApplicationCommandsJSONBody } from 'discord-api-types/v10'
import type { Effects } from '../features/effects.ts'
import type { HandlerContext } from '../features/feature.ts'
import type { GroupCommit } from '../owner/group-commit.ts'
import type { MakeRequest } from './discord-request.ts'
import type { GuildInteraction } from '../interactions/interaction.ts'

/** What the owner lends to its mounted modules. */
export interface MountedDoor {
  readonly gatewayId: GatewayId
  readonly store: GuildStore
  readonly commits: GroupCommit
  readonly mayServe: () => boolean
  /** Commands that are taken. */
  readonly commands: readonly RESTPostAPIApplicationCommandsJSONBody[]
  /** Makes requests within this gateway's part of the bot's rate limits. */
  readonly makeRequest: MakeRequest
}

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

/** Mounted modules, as the owner sees them. */
export interface MountedPart extends AsyncDisposable {
  readonly commands: readonly RESTPostAPIApplicationCommandsJSONBody[]
  readonly interactions: MountedInteractions
  /** Puts an event into the inbox, in its own transaction and before it is applied. */
  readonly record: (event: LaneEvent, context: HandlerContext) => Effects
  /** Something of these guilds was committed. */
  committed(guildIds: ReadonlySet<GuildId>): void
  /** The complete list of guilds that are served here now. */
  owns(guildIds: readonly GuildId[]): void
  start(signal: AbortSignal): void
}

/** Mounts the modules at an owner. */
export type MountAt = (door: MountedDoor) => MountedPart
