/** Time as the edge's parts see it; tests bring their own. Both in milliseconds. */
export interface Clock {
  /** Since 1970, UTC. Only for what other machines or people see. */
  now(): number
  /** Since some moment; never jumps. For every duration. */
  monotonic(): number
}

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() }
