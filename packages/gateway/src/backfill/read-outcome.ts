import type { CallResult, Feature } from '@guildmesh/bot'

/** Rules of one thing that is read back; together they are the backfill feature. */
export type BackfillPart = Required<Pick<Feature, 'jobs' | 'results'>>

/** How long to wait before reading again what could not be read, milliseconds. */
export const readAgainMs = 60_000

/** What Discord refuses, such as a channel without access (403) or one that is gone (404), it refuses again. */
export function isForGood({ status }: Extract<CallResult, { ok: false }>): boolean {
  return status !== null && status >= 400 && status < 500 && status !== 401 && status !== 429
}
