import type { PersonView, RoleView } from '../../src/control/live/chat-view.ts'

/** A name that was written out and stands for a mention. */
export interface WrittenMention {
  /** As it stands in the text: `@Ida Moss`. */
  shown: string
  /** As Discord takes it: `<@123>`. */
  code: string
}

/** The `@word` right before the caret, without the @; null if there is none. */
export function mentionBefore(text: string, caret: number): string | null {
  return /(?:^|\s)@([\w.-]{0,32})$/.exec(text.slice(0, caret))?.[1] ?? null
}

/** People and roles whose names begin with, or hold, what was typed. */
export function matchMentions(
  people: readonly PersonView[],
  roles: readonly RoleView[],
  typed: string,
  everyoneId: string | null,
): WrittenMention[] {
  const wanted = typed.toLowerCase()
  const fits = (...names: string[]) => names.some((name) => name.toLowerCase().includes(wanted))
  return [
    ...people
      .filter((person) => fits(person.name, person.username))
      .map((person) => ({ shown: `@${person.name}`, code: `<@${person.id}>` })),
    ...roles
      .filter((role) => role.id !== everyoneId && fits(role.name))
      .map((role) => ({ shown: `@${role.name}`, code: `<@&${role.id}>` })),
  ].slice(0, 8)
}

/** The text as it is sent: written names become mentions, longer names first. */
export function encodeMentions(text: string, mentions: readonly WrittenMention[]): string {
  return mentions
    .toSorted((one, other) => other.shown.length - one.shown.length)
    .reduce((encoded, { shown, code }) => encoded.replaceAll(shown, code), text)
}
