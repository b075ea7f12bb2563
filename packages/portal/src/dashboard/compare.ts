/** A figure beside that of the period before. */
export type Comparison =
  | { readonly kind: 'same' }
  /** There is nothing to compare with. */
  | { readonly kind: 'first' }
  | { readonly kind: 'more' | 'less'; readonly percent: number }

/** Compares two counts; a change that rounds to 0 % is none. */
export function compare(now: number, before: number): Comparison {
  if (before === 0) return { kind: now === 0 ? 'same' : 'first' }
  const percent = Math.round((Math.abs(now - before) / before) * 100)
  if (percent === 0) return { kind: 'same' }
  return { kind: now > before ? 'more' : 'less', percent }
}
