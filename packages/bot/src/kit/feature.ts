import type { GuildReader, RowChange } from '@guildmesh/guild-store'
import type { Position } from '@guildmesh/contracts'
import type {
  APIAuditLogEntry,
  APIInteractionResponse,
  APIMessage,
  RESTPostAPIApplicationCommandsJSONBody,
} from 'discord-api-types/v10'
import type { ComponentInteraction, CommandInteraction, ModalInteraction } from './interaction.ts'
import type { EventName, EventPayloads } from './discord-events.ts'
import type { Effects } from './effects.ts'

/** What a handler sees beside its input. */
export interface HandlerContext {
  /** The guild's rows inside the running transaction. The guild document already includes the event. */
  readonly guild: GuildReader
  /** Epoch milliseconds. */
  readonly now: number
  /** The bot's application id, which is its user id too. */
  readonly applicationId: string
  /** Names the event or command; the same one when it is repeated. For ids that must be the same then. */
  readonly sourceKey: string
}

/** Reacts to one kind of dispatch. Made by `on`. */
export interface EventRule {
  readonly type: EventName
  handle(data: unknown, context: HandlerContext): Effects
}

/**
 * A handler of one kind of dispatch: a synchronous function that runs inside the transaction and returns what it wants
 * done. It is the only place where Discord's documented types are believed without a check: parsing every payload
 * whole would cost more than handling it, and what throws here becomes a dead letter.
 */
export function on<T extends EventName>(
  type: T,
  handle: (payload: EventPayloads[T], context: HandlerContext) => Effects,
): EventRule {
  return {
    type,
    handle(data, context) {
      if (typeof data !== 'object' || data === null) throw new TypeError(`${type} without a payload`)
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
      return handle(data as EventPayloads[T], context)
    },
  }
}

/** Effects of an interaction, and the answer that is stored with them. */
export interface Reply extends Effects {
  readonly reply: APIInteractionResponse
}

interface Permitted {
  /** Permission bits that the member must have, all of them; Administrator has all. */
  readonly requires: bigint
}

export interface CommandRule extends Permitted {
  /** The exact command name. */
  readonly name: string
  /** Deployed to Discord. */
  readonly definition: RESTPostAPIApplicationCommandsJSONBody
  handle(interaction: CommandInteraction, context: HandlerContext): Reply
}

export interface ComponentRule extends Permitted {
  /** The exact custom id, or the part before its first `|`. */
  readonly prefix: string
  handle(interaction: ComponentInteraction | ModalInteraction, context: HandlerContext): Reply
}

/** What came of an outbox call. */
export type CallResult =
  | { readonly ok: true; readonly body: unknown }
  | {
      readonly ok: false
      /** HTTP status; `null` if no answer came. */
      readonly status: number | null
      /** Discord's error code, such as 10003; `null` if it gave none. */
      readonly code: number | null
      readonly message: string
    }

/** Handles the results of calls that named this step. */
export interface ResultRule {
  readonly step: string
  handle(result: CallResult, call: { readonly context: unknown }, context: HandlerContext): Effects
}

/** What a GET shows of an earlier call. */
export type ReadBackVerdict =
  | { readonly kind: 'done'; readonly body: unknown }
  | { readonly kind: 'not-done' }
  | { readonly kind: 'cannot-tell'; readonly message: string }

/** Judges whether a call that named this step was done, by what the GET it named gave. */
export interface ReadBackRule {
  readonly step: string
  judge(read: CallResult, call: { readonly context: unknown; readonly body: unknown }): ReadBackVerdict
}

export interface JobRule {
  readonly name: string
  handle(payload: unknown, context: HandlerContext): Effects
}

/** A message that was read back over REST, with the reactions it has by now; it carries no member. */
export type BackfilledMessage = APIMessage

/**
 * Takes a message that was sent while no session told of it. It gives rows only: what was said in a gap is counted, and
 * never punished or answered. It may come more than once, and after an edit; not in order with events.
 */
export type BackfillRule = (message: BackfilledMessage, context: HandlerContext) => readonly RowChange[]

/** An entry of the audit log that was read back over REST. */
export type BackfilledAuditEntry = APIAuditLogEntry

/**
 * Takes an audit log entry that was made in a gap, or shortly before or after it. As with `BackfillRule` it gives rows
 * only; it may come more than once, and also as an event.
 */
export type AuditBackfillRule = (entry: BackfilledAuditEntry, context: HandlerContext) => readonly RowChange[]

/** Events of the guild that nobody can send any more, between what is committed and the one about to be applied. */
export interface DataLoss {
  /** `null`: nothing of the guild was committed here. */
  readonly after: Position | null
  /** Dispatch name of the event after it. */
  readonly type: string
}

/** Told of a data loss in the guild's lane, in the transaction of the event after it and before that event. */
export type DataLossRule = (loss: DataLoss, context: HandlerContext) => Effects

/** One thing the bot does: rules over events, interactions, results and jobs. Knows nothing of gateways. */
export interface Feature {
  readonly name: string
  readonly events?: readonly EventRule[]
  /** As `events`, but they see the guild document as it was before the event. */
  readonly before?: readonly EventRule[]
  readonly dataLoss?: DataLossRule
  readonly backfill?: BackfillRule
  readonly backfillAudit?: AuditBackfillRule
  readonly commands?: readonly CommandRule[]
  readonly components?: readonly ComponentRule[]
  readonly results?: readonly ResultRule[]
  readonly readBacks?: readonly ReadBackRule[]
  readonly jobs?: readonly JobRule[]
}
