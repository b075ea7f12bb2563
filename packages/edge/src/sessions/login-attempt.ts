import { z } from 'zod'
import type { Sealer } from './sealing.ts'

/** What an edge must remember between sending a browser to Discord and its return. */
export interface LoginAttempt {
  /** Ties the answer of the authorization server to this browser. */
  readonly state: string
  /** PKCE's secret: a stolen code is of no use without it. */
  readonly verifier: string
  /** Where in the portal to go afterwards. */
  readonly returnPath: string
}

/** Longest time between the two, milliseconds: time enough for a second factor at Discord. */
export const loginAttemptMs = 10 * 60_000

const Sealed = z.object({
  state: z.string().min(20),
  verifier: z.string().min(43),
  returnPath: z.string(),
  until: z.number(),
})

/**
 * The attempt as the browser itself keeps it in a cookie: sealed, so that any edge behind the load balancer can finish it
 * and none has to remember it.
 */
export function sealLoginAttempt(attempt: LoginAttempt, sealer: Sealer, now: number): string {
  return sealer.seal(JSON.stringify({ ...attempt, until: now + loginAttemptMs }))
}

/** The attempt that a cookie holds; `null` if there is none, it is not ours, or it is too old. */
export function openLoginAttempt(
  sealed: string | undefined,
  sealer: Sealer,
  now: number,
): LoginAttempt | null {
  const text = sealed === undefined ? null : sealer.open(sealed)
  if (text === null) return null
  const { until, ...attempt } = Sealed.parse(JSON.parse(text))
  return now < until ? attempt : null
}
