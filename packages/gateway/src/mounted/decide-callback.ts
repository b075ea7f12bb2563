import { InteractionType } from 'discord-api-types/v10'

/** What Discord has been told of an interaction so far. */
export type AnswerState =
  /** Nothing: the request that brought the interaction waits. */
  | 'open'
  /** A callback with files, or whose sender wants the message back, is on its way to Discord. */
  | 'delivering'
  /** Deferred by us, as a message to come. */
  | 'deferred-message'
  /** Deferred by us, as a change of the message that the component is on. */
  | 'deferred-update'
  /** The module has answered. */
  | 'answered'

/** The kinds of answers. https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object-interaction-callback-type */
export const answerType = { message: 4, deferMessage: 5, deferUpdate: 6, update: 7, choices: 8 } as const

export type CallbackDecision =
  /** The body answers the waiting request. */
  | 'answer'
  /** Discord's callback route is called; the waiting request is answered 202. */
  | 'deliver'
  /** The module has answered too late for `reply()`: its message replaces what was deferred. */
  | 'edit-original'
  /** Its message comes beside the component's message. */
  | 'follow-up'
  /** It defers what we have deferred already. */
  | 'nothing'
  /** As `nothing`, but what it edits later must become a message of its own. */
  | 'reply-later'
  /** As Discord does: it has been answered. */
  | 'refuse'

/** What becomes of a module's callback. `needsCall`: it has files, or wants the message back. */
export function decideCallback(state: AnswerState, type: number, needsCall: boolean): CallbackDecision {
  switch (state) {
    case 'open':
      return needsCall ? 'deliver' : 'answer'
    case 'deferred-message':
      if (type === answerType.message || type === answerType.update) return 'edit-original'
      return type === answerType.deferMessage || type === answerType.deferUpdate ? 'nothing' : 'refuse'
    case 'deferred-update':
      if (type === answerType.message) return 'follow-up'
      if (type === answerType.update) return 'edit-original'
      if (type === answerType.deferUpdate) return 'nothing'
      return type === answerType.deferMessage ? 'reply-later' : 'refuse'
    case 'delivering':
    case 'answered':
      return 'refuse'
    default:
      return state satisfies never
  }
}

/** What an interaction is, as far as deferring it goes. */
export interface DeferSubject {
  readonly type: InteractionType
  /** It came from a component of a message, itself or by way of a modal. */
  readonly onMessage: boolean
  /** Whether only the person sees a message to come. */
  readonly ephemeral: boolean
}

const ephemeralFlag = 64

/** How an interaction is deferred whose module has not answered in time. */
export function deferral({ type, onMessage, ephemeral }: DeferSubject): {
  readonly state: AnswerState
  readonly response: { readonly type: number; readonly data?: Record<string, unknown> }
} {
  // Suggestions that come late are of no use: there are none.
  if (type === InteractionType.ApplicationCommandAutocomplete) {
    return { state: 'answered', response: { type: answerType.choices, data: { choices: [] } } }
  }
  if (onMessage) return { state: 'deferred-update', response: { type: answerType.deferUpdate } }
  return {
    state: 'deferred-message',
    response: { type: answerType.deferMessage, ...(ephemeral ? { data: { flags: ephemeralFlag } } : {}) },
  }
}

/** The fields of a message that an edit takes: who sees it cannot be changed any more. */
export function editable(data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { flags, tts: _tts, ...rest } = data
  const left = typeof flags === 'number' ? flags & ~ephemeralFlag : 0
  return left === 0 ? rest : { ...rest, flags: left }
}

export function isEphemeral(data: Readonly<Record<string, unknown>>): boolean {
  return typeof data['flags'] === 'number' && (data['flags'] & ephemeralFlag) !== 0
}
