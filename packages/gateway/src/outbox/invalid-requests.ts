/**
 * Discord blocks an address that made this many invalid requests (401, 403, 429 other than shared) in ten minutes.
 * https://discord.com/developers/docs/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans
 */
const mostInvalid = 10_000
const windowMinutes = 10
const minuteMs = 60_000

/** Invalid requests by the minute in which they were made, oldest first. */
export type InvalidHistory = readonly { readonly minute: number; readonly count: number }[]

/** Which calls may be made: all, only those marked essential, or none. */
export type CallPermission = 'all' | 'essential' | 'none'

/** Whether an answer counts towards the block. */
export function isInvalid(status: number, scope: string | null): boolean {
  return status === 401 || status === 403 || (status === 429 && scope !== 'shared')
}

export function withInvalid(history: InvalidHistory, now: number): InvalidHistory {
  const minute = Math.floor(now / minuteMs)
  const last = history.at(-1)
  if (last?.minute === minute) return [...history.slice(0, -1), { minute, count: last.count + 1 }]
  return [...history.filter((entry) => counts(entry.minute, minute)), { minute, count: 1 }]
}

/** Share of this gateway's part of the budget that is spent: 1 is all of it. */
export function spentInvalid(history: InvalidHistory, fraction: number, now: number): number {
  const minute = Math.floor(now / minuteMs)
  const spent = history.reduce((sum, entry) => sum + (counts(entry.minute, minute) ? entry.count : 0), 0)
  return spent / (mostInvalid * fraction)
}

/** Keeps a fifth of the budget for essential calls, and the last twentieth for nobody. */
export function permittedCalls(spent: number): CallPermission {
  if (spent >= 0.95) return 'none'
  return spent >= 0.8 ? 'essential' : 'all'
}

/** A minute that has only begun to leave the window still counts whole. */
function counts(minute: number, current: number): boolean {
  return minute >= current - windowMinutes
}
