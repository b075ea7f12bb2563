import type {
  DeliverInput,
  DeliverReply,
  GatewayId,
  GuildDataPort,
  Incarnation,
  InteractionPort,
  OwnershipPort,
  ProbePort,
} from '@guildmesh/contracts'
import type { GuildStore } from '@guildmesh/guild-store'
import type { RESTPostAPIApplicationCommandsJSONBody } from 'discord-api-types/v10'
import type { Clock, LogPort, MetricsPort } from '@guildmesh/runtime'
import type { AssignedOwner, OwnedGuild } from '../membership/assignment-reconciliation.ts'
import type { DeadLetters } from '../outbox/dead-letters.ts'
import type { MountAt } from '../mounted/mounted-part.ts'
import type { RestBudget } from '../outbox/rest-budget.ts'

/**
 * Applies the events and commands of the guilds that this gateway owns. Every input goes the same way: through a
 * transaction that checks the guild's epoch, and holds row changes, guild document, outbox and cursor together.
 */
export interface Owner extends AssignedOwner, AsyncDisposable {
  /**
   * Opens the guilds that the routing table gives this gateway at their epochs, and releases those that are no longer in
   * the list. Until the first call every guild is refused as GuildFenced.
   */
  reconcile(assignments: readonly OwnedGuild[]): void
  /** Applies lanes of events; each lane is accepted or refused by itself. Also called in process by the local holder. */
  deliver(input: DeliverInput): Promise<DeliverReply>
  /** The parts of the gateway's port that the owner answers. */
  readonly port: {
    readonly guild: GuildDataPort
    readonly interactions: InteractionPort
    readonly ownership: OwnershipPort
    readonly probe: ProbePort
  }
  /** Starts what runs by itself (outbox worker, jobs, cleanups) until the signal aborts. */
  start(signal: AbortSignal): void
  /** Discord calls that were given up: to look at, and to try again. */
  readonly deadLetters: DeadLetters
  /** Commands of all features, for deployment. */
  readonly commands: readonly RESTPostAPIApplicationCommandsJSONBody[]
}

export interface OwnerOptions {
  readonly store: GuildStore
  readonly self: { readonly gatewayId: GatewayId; readonly incarnation: () => Incarnation }
  /** Discord's REST API, such as `https://discord.com/api`; the version is added. */
  readonly rest: {
    readonly baseUrl: string
    readonly token: { reveal(): string }
    /** How long a request may take; by default 15 s. */
    readonly timeoutMs?: number
  }
  /** Keeps calls within this gateway's quotas of Discord's bot-wide limits; by default it has all of them. */
  readonly restBudget?: RestBudget
  readonly applicationId: string
  /** Whether to keep hash chains over the applied events, for a judge. */
  readonly eventProbe: boolean
  /** Rule R1: whether this gateway's lease lets it serve right now. Asked before each transaction, call and reply. */
  readonly mayServe: () => boolean
  /** Existing bots that hear this owner's events after the commit. */
  readonly mount?: MountAt | undefined
  readonly clock: Clock
  readonly log: LogPort
  readonly metrics: MetricsPort
}
