/**
 * Discord blocks an address that made 10,000 invalid requests (401, 403, 429 other than shared) in ten minutes.
 * https://docs.discord.com/developers/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans
 */
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

/** How many of them Discord may still count. */
export function invalidLately(history: InvalidHistory, now: number): number {
  const minute = Math.floor(now / minuteMs)
  return history.reduce((sum, entry) => sum + (counts(entry.minute, minute) ? entry.count : 0), 0)
}

/**
 * Keeps a fifth of the budget for essential calls, and the last twentieth for nobody.
 * @param spent part of this gateway's budget that is spent: 1 is all of it
 */
export function permittedCalls(spent: number): CallPermission {
  if (spent >= 0.95) return 'none'
  return spent >= 0.8 ? 'essential' : 'all'
}

/** A minute that has only begun to leave the window still counts whole. */
function counts(minute: number, current: number): boolean {
  return minute >= current - windowMinutes
}
