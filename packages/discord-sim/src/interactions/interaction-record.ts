import type { APIApplicationCommandOptionChoice } from 'discord-api-types/v10'
import type { ModalForm } from '../forms/modal-form.ts'

/** 2 command, 3 component, 4 autocomplete, 5 modal submit. */
export type InteractionKind = 2 | 3 | 4 | 5

/** Response types by number: 4 message, 5 deferred, 6 deferred update, 7 update, 8 choices, 9 modal. */
export type ResponseType = 4 | 5 | 6 | 7 | 8 | 9

/** One interaction from the click to its last follow-up. */
export interface InteractionRecord {
  id: string
  token: string
  kind: InteractionKind
  userId: string
  guildId: string | null
  channelId: string
  /** Command name or custom id, for reports. */
  name: string
  /** The message a component sits on; also of the modal it opened. */
  messageId: string | null
  createdAt: number
  via: 'http' | 'gateway'
  /** Set by the first valid answer. */
  answeredAt: number | null
  responseType: ResponseType | null
  answeredBy: 'body' | 'callback' | null
  /** Further answers after the first. */
  extraAnswers: number
  /** Answers that came after the three seconds. */
  lateAnswers: number
  /** Answers that Discord would refuse, with the reason. */
  invalidAnswers: string[]
  failure: string | null
  originalMessageId: string | null
  /** True while the user sees "thinking…". */
  deferred: boolean
  ephemeral: boolean
  followUpIds: string[]
  /** Of a modal's submission: the interaction that was answered with the modal. */
  openerId: string | null
  /** Only the user installed the application, not the server. */
  byUserInstall: boolean
  modal: ModalForm | null
  choices: APIApplicationCommandOptionChoice[] | null
}

/** Which response types each kind of interaction may be given. Source: Discord, "Interaction Callback Type". */
export const allowedResponses: Record<InteractionKind, readonly ResponseType[]> = {
  2: [4, 5, 9],
  3: [4, 5, 6, 7, 9],
  4: [8],
  5: [4, 5, 6, 7],
}

/** The first answer must come within this time. */
export const answerWithinMs = 3_000
/** Follow-ups and edits work for this long. */
export const tokenLifetimeMs = 15 * 60_000
