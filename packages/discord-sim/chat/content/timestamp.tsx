/** `<t:seconds:style>` in the reader's own language and time zone. */
export function Timestamp({ seconds, style }: { seconds: number; style: string }) {
  const date = new Date(seconds * 1_000)
  if (Number.isNaN(date.getTime())) return `<t:${seconds}>`
  return (
    <time dateTime={date.toISOString()} title={format(date, 'F')} className="timestamp">
      {style === 'R' ? relative(date, Date.now()) : format(date, style)}
    </time>
  )
}

function format(date: Date, style: string): string {
  switch (style) {
    case 't':
      return date.toLocaleTimeString([], { timeStyle: 'short' })
    case 'T':
      return date.toLocaleTimeString([], { timeStyle: 'medium' })
    case 'd':
      return date.toLocaleDateString([], { dateStyle: 'short' })
    case 'D':
      return date.toLocaleDateString([], { dateStyle: 'long' })
    case 'F':
      return date.toLocaleString([], { dateStyle: 'full', timeStyle: 'short' })
    default:
      return date.toLocaleString([], { dateStyle: 'long', timeStyle: 'short' })
  }
}

const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
]

function relative(date: Date, now: number): string {
  const seconds = (date.getTime() - now) / 1_000
  const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1]
  return new Intl.RelativeTimeFormat([], { numeric: 'auto' }).format(Math.trunc(seconds / size), unit)
}

/** The time of day, with the date if it is not today. */
export function shortTime(date: Date): string {
  const sameDay = date.toDateString() === new Date().toDateString()
  return sameDay
    ? date.toLocaleTimeString([], { timeStyle: 'short' })
    : date.toLocaleString([], { dateStyle: 'short', timeStyle: 'short' })
}
