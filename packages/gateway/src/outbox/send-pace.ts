/** Discord takes 50 requests a second from a bot. Steady sending and bursts together stay below it. */
const steadyPerSecond = 40
const burst = 10

/** When requests of a steady stream would end; the pace is known from this one number. Milliseconds. */
export type Pace = number

/**
 * When the next request may start, for a gateway with this fraction (0 to 1] of the bot's limit: a burst of its part
 * of ten, then evenly at its part of forty a second. Gateways whose fractions add up to 1 stay within 50 in any
 * second, up to ten of them; more may exceed it by one request each, which Discord's 429 then corrects.
 */
export function nextStart(pace: Pace, fraction: number, now: number): { startsAt: number; pace: Pace } {
  const spacingMs = 1000 / (steadyPerSecond * fraction)
  const toleranceMs = spacingMs * (Math.max(1, Math.floor(burst * fraction)) - 1)
  const startsAt = Math.max(now, pace - toleranceMs)
  return { startsAt, pace: Math.max(pace, now) + spacingMs }
}
