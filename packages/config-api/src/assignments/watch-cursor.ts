/** A place in the log of changes. */
export interface LogPlace {
  readonly timeline: number
  readonly revision: number
}

/** What of the log is kept. */
export interface LogExtent {
  readonly timeline: number
  /** Changes up to here are no longer kept. */
  readonly trimmedThrough: number
  /** The latest change. */
  readonly latest: number
}

/** A cursor that no log ever gave out: resuming there brings a fresh snapshot. */
export const beforeSnapshot = '0:0'

export function formatCursor({ timeline, revision }: LogPlace): string {
  return `${timeline}:${revision}`
}

/** @param cursor `<timeline>:<revision>`, checked by the contract's schema */
export function parseCursor(cursor: string): LogPlace {
  const [timeline, revision] = cursor.split(':')
  return { timeline: Number(timeline), revision: Number(revision) }
}

/**
 * Whether the changes after a place are all kept. They are not if the log was trimmed past it, if the place is of
 * another timeline, or if it is after the end of the log: then the watcher knows a history that is not ours.
 */
export function canResume(place: LogPlace, log: LogExtent): boolean {
  return (
    place.timeline === log.timeline && place.revision >= log.trimmedThrough && place.revision <= log.latest
  )
}
