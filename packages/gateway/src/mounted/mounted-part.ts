import type { GatewayId, GuildId, LaneEvent } from '@guildmesh/contracts'
import type { GuildStore } from '@guildmesh/guild-store'
import type { RESTPostAPIApplicationCommandsJSONBody } from 'discord-api-types/v10'
import type { Effects, HandlerContext } from '@guildmesh/bot'
import type { MountedInteractions } from '../interactions/mounted-interactions.ts'
import type { GroupCommit } from '../commit/group-commit.ts'
import type { MakeRequest } from './discord-request.ts'

/** What the owner lends to its mounted modules. */
export interface MountedHost {
  readonly gatewayId: GatewayId
  readonly store: GuildStore
  readonly commits: GroupCommit
  readonly mayServe: () => boolean
  /** Commands that are taken. */
  readonly commands: readonly RESTPostAPIApplicationCommandsJSONBody[]
  /** Makes requests within this gateway's part of the bot's rate limits. */
  readonly makeRequest: MakeRequest
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
export type MountAt = (host: MountedHost) => MountedPart
