const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'long' })
const moment = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' })
const utcDay = new Intl.DateTimeFormat('en', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  timeZone: 'UTC',
})
const utcDate = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const utcTime = new Intl.DateTimeFormat('en', {
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
  timeZone: 'UTC',
})

/** How long before (or after) `now` a moment was, in words; both in epoch milliseconds. */
export function formatAgo(at: number, now: number): string {
  const past = now - at
  const size = Math.abs(past)
  // Clocks of two machines differ by a little: what was just committed may lie in this browser's future.
  if (size < 10 * second) return 'just now'
  if (size < minute) return relative.format(-Math.round(past / second), 'second')
  if (size < hour) return relative.format(-Math.round(past / minute), 'minute')
  if (size < day) return relative.format(-Math.round(past / hour), 'hour')
  return relative.format(-Math.round(past / day), 'day')
}

/** The age of something at `now`, to follow "from": `a few seconds ago`, `20 seconds ago`; both in epoch milliseconds. */
export function formatAge(at: number, now: number): string {
  return now - at < 10 * second ? 'a few seconds ago' : formatAgo(at, now)
}

/** A moment in full, in the reader's time zone. */
export function formatMoment(at: number): string {
  return moment.format(at)
}

/** A duration in milliseconds: `3 ms`, `1.4 s`, `2 min`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < second) return `${Math.round(durationMs)} ms`
  if (durationMs < minute) return `${(durationMs / second).toFixed(1)} s`
  if (durationMs < hour) return `${Math.round(durationMs / minute)} min`
  return `${Math.round(durationMs / hour)} h`
}

/** `Tue, Nov 18` */
export function formatUtcDay(at: number): string {
  return utcDay.format(at)
}

/** `Nov 18` */
export function formatUtcDate(at: number): string {
  return utcDate.format(at)
}

/** `14:00` */
export function formatUtcTime(at: number): string {
  return utcTime.format(at)
}
