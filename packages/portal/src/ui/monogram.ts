const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** Up to two initials of a name: of its first two words, or the first sign alone. Whole graphemes, emoji included. */
export function monogramOf(name: string): string {
  const words = name.split(/[\s_\-·|/]+/u).filter((word) => word !== '')
  const initials = words.slice(0, 2).map((word) => [...graphemes.segment(word)][0]?.segment ?? '')
  return initials.join('').toLocaleUpperCase() || '?'
}
