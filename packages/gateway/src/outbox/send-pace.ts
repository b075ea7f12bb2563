import { restLimits } from '@guildmesh/placement'

const windowMs = 1000
/** A burst may be this part of a second's requests; the others are sent evenly. */
const burstPart = 0.2

/** What was sent lately, as far as it says when the next request may start. Milliseconds. */
export interface Pace {
  /** When requests sent evenly would have ended. */
  readonly evenAt: number
  /** Starts of the last second, oldest first. */
  readonly starts: readonly number[]
}

export const idlePace: Pace = { evenAt: Number.NEGATIVE_INFINITY, starts: [] }

/** Requests a second that a quota (thousandths of Discord's limit) allows: whole ones, unless it is less than one. */
export function requestsPerSecond(quota: number): number {
  const perSecond = quota / restLimits.requests.step
  return perSecond < 1 ? perSecond : Math.floor(perSecond)
}

/** Starts within the second that ends now. */
export function startsLately(pace: Pace, now: number): number {
  return pace.starts.filter((start) => start > now - windowMs).length
}

/**
 * When the next request may start. In any second, however the quota changes, a gateway starts no more requests than
 * its greatest quota of that second allows: quotas that add up to the limit keep all gateways within it. A quota of
 * less than one request a second (more than 25 gateways) is the exception: it still allows one at any time.
 */
export function earliestStart({ evenAt, starts }: Pace, quota: number, now: number): number {
  const allowed = requestsPerSecond(quota)
  if (allowed === 0) return Number.POSITIVE_INFINITY
  const { spacingMs, burst } = even(allowed)
  const last = starts.at(-1) ?? Number.NEGATIVE_INFINITY
  // A debt from a smaller quota does not outlast what it would have been under this one.
  const evenly = Math.min(evenAt, last + burst * spacingMs) - (burst - 1) * spacingMs
  const full = starts.at(-Math.max(1, allowed))
  return Math.max(now, evenly, full === undefined ? now : full + windowMs)
}

/** The pace after a request has started. */
export function afterStart({ evenAt, starts }: Pace, quota: number, now: number): Pace {
  const { spacingMs } = even(requestsPerSecond(quota))
  return {
    evenAt: Math.max(evenAt, now) + spacingMs,
    starts: [...starts.filter((start) => start > now - windowMs), now],
  }
}

/** A burst and even sending after it that together make up what a second allows. */
function even(perSecond: number): { readonly spacingMs: number; readonly burst: number } {
  const burst = Math.max(1, Math.floor(perSecond * burstPart))
  return { spacingMs: windowMs / Math.min(perSecond, perSecond - burst + 1), burst }
}
