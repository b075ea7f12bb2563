/** How something is; each has its own shape, so that colour is never the only sign. */
export type Tone = 'good' | 'quiet' | 'warn' | 'bad'

const colours: Readonly<Record<Tone, string>> = {
  good: 'text-good',
  quiet: 'text-dim',
  warn: 'text-warn',
  bad: 'text-bad',
}

/** A small mark before a word that says the same: dot, ring, triangle or cross. */
export function StateMark({ tone }: { readonly tone: Tone }) {
  return (
    <svg
      viewBox="0 0 12 12"
      className={`inline-block size-3 shrink-0 translate-y-px ${colours[tone]}`}
      aria-hidden="true"
    >
      {shapeOf(tone)}
    </svg>
  )
}

function shapeOf(tone: Tone) {
  switch (tone) {
    case 'good':
      return <circle cx="6" cy="6" r="4" fill="currentColor" />
    case 'quiet':
      return <circle cx="6" cy="6" r="3.5" fill="none" stroke="currentColor" strokeWidth="1.5" />
    case 'warn':
      return <path d="M6 1.2 11.2 10.6H.8Z" fill="currentColor" />
    case 'bad':
      return <path d="m2 2 8 8m0-8-8 8" stroke="currentColor" strokeWidth="2.6" strokeLinecap="square" />
    default:
      return tone satisfies never
  }
}
