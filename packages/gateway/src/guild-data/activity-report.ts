import type { Span } from '@guildmesh/guild-store'

export const intervalMs = { hour: 3_600_000, day: 86_400_000 } as const

/** Figures of an interval that has messages, by its number since the epoch. */
export interface IntervalFigures {
  readonly interval: number
  readonly messages: number
  readonly members: number
}

/** One bucket for every interval that the span touches, also if nothing happened; intervals begin in UTC. */
export function fillBuckets(span: Span, lengthMs: number, found: readonly IntervalFigures[]) {
  const byInterval = new Map(found.map((figures) => [figures.interval, figures]))
  const first = Math.floor(span.from / lengthMs)
  const afterLast = Math.ceil(span.to / lengthMs)
  return Array.from({ length: afterLast - first }, (_, index) => {
    const figures = byInterval.get(first + index)
    return {
      start: (first + index) * lengthMs,
      messages: figures?.messages ?? 0,
      members: figures?.members ?? 0,
    }
  })
}

/** The same length of time before a span; cut off at the epoch. */
export function spanBefore({ from, to }: Span): Span {
  return { from: Math.max(0, from - (to - from)), to: from }
}
