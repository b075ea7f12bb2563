/**
 * Discord removes "invalid unicode characters or characters which cause unexpected message formatting" without saying
 * which: here lone surrogates, control characters but for tab and newline, and the overrides of the writing direction.
 */
const removed = /[\p{Cs}\u202A-\u202E]|(?![\t\n])\p{Cc}/gu
/** What counts as whitespace at both ends: Unicode's White_Space. */
const ends = /^\p{White_Space}+|\p{White_Space}+$/gu

/** What Discord keeps of a text that it was sent: line ends are newlines, what it does not take is gone, trimmed. */
export function keptText(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n').replaceAll(removed, '').replaceAll(ends, '')
}
