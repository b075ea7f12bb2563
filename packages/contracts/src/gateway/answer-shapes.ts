import { interactionType } from './interaction-type.ts'

/**
 * How an interaction is answered when its owner cannot answer in time:
 * - `ephemeral`, `public`: a message that only the person, or everybody, sees;
 * - `update`: a change of the message that the component is on;
 * - `modal`: a form, which has no effects by itself, so that asking again is harmless;
 * - `autocomplete`: a list of choices.
 */
export type AnswerShape = 'ephemeral' | 'public' | 'update' | 'modal' | 'autocomplete'

/** What decides the shape: Discord's interaction type, and the command's name or the component's custom id. */
export interface AnswerSubject {
  /** An `interactionType`. */
  readonly type: number
  readonly command: string | null
  readonly customId: string | null
}

const commandShapes: ReadonlyMap<string, AnswerShape> = new Map([['setup', 'ephemeral']])

/** By the part of the custom id before its first `|`. */
const componentShapes: ReadonlyMap<string, AnswerShape> = new Map([['setup', 'update']])

/** The shape of an interaction's answer. What the tables do not know is answered to the person only. */
export function answerShapeOf({ type, command, customId }: AnswerSubject): AnswerShape {
  if (type === interactionType.autocomplete) return 'autocomplete'
  if (type === interactionType.command) return commandShapes.get(command ?? '') ?? 'ephemeral'
  const [prefix = ''] = (customId ?? '').split('|', 1)
  return componentShapes.get(prefix) ?? 'ephemeral'
}
