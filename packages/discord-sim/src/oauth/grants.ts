import { createHash } from 'node:crypto'
import type { SimClock } from '../clock.ts'
import type { Random } from '../random.ts'

/** What a user allowed the application to do, until it expires or is revoked. */
export interface OAuthGrant {
  accessToken: string
  refreshToken: string
  userId: string
  scopes: string[]
  /** Epoch milliseconds. */
  expiresAt: number
}

interface PendingCode {
  userId: string
  scopes: string[]
  redirectUri: string
  challenge: string | null
  expiresAt: number
}

/** Discord's lifetime of an access token: a week. */
export const grantSeconds = 7 * 86_400
const codeMs = 10 * 60_000

/** Authorization codes and tokens. Codes work once, refresh tokens too. */
export class GrantStore {
  readonly #clock: SimClock
  readonly #random: Random
  readonly #codes = new Map<string, PendingCode>()
  readonly #grants = new Map<string, OAuthGrant>()

  constructor(clock: SimClock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  /** Users with a live grant. */
  get authorizedUsers(): number {
    return new Set([...this.#grants.values()].map((grant) => grant.userId)).size
  }

  issueCode(input: {
    userId: string
    scopes: string[]
    redirectUri: string
    challenge: string | null
  }): string {
    const code = this.#random.text(30)
    this.#codes.set(code, { ...input, expiresAt: this.#clock.now() + codeMs })
    return code
  }

  /** Null for a code that is unknown, used, expired, for another redirect, or with the wrong verifier. */
  redeemCode(code: string, redirectUri: string, verifier: string | null): OAuthGrant | null {
    const pending = this.#codes.get(code)
    this.#codes.delete(code)
    if (!pending || pending.expiresAt <= this.#clock.now() || pending.redirectUri !== redirectUri) return null
    if (pending.challenge !== null) {
      if (verifier === null) return null
      const computed = createHash('sha256').update(verifier).digest('base64url')
      if (computed !== pending.challenge) return null
    }
    return this.issue(pending.userId, pending.scopes)
  }

  issue(userId: string, scopes: string[]): OAuthGrant {
    const grant = {
      accessToken: this.#random.text(30),
      refreshToken: this.#random.text(30),
      userId,
      scopes,
      expiresAt: this.#clock.now() + grantSeconds * 1000,
    }
    this.#grants.set(grant.accessToken, grant)
    return grant
  }

  refresh(refreshToken: string): OAuthGrant | null {
    for (const grant of this.#grants.values()) {
      if (grant.refreshToken !== refreshToken) continue
      this.#grants.delete(grant.accessToken)
      return this.issue(grant.userId, grant.scopes)
    }
    return null
  }

  find(accessToken: string): OAuthGrant | null {
    const grant = this.#grants.get(accessToken)
    return grant && grant.expiresAt > this.#clock.now() ? grant : null
  }

  /**
   * Ends what the user allowed the application, with every token of it: those of other devices too.
   * Source: https://docs.discord.com/developers/topics/oauth2#authorization-code-grant-token-revocation-example
   */
  revoke(token: string): void {
    const all = [...this.#grants.values()]
    const named = all.find((grant) => grant.accessToken === token || grant.refreshToken === token)
    if (!named) return
    for (const grant of all) if (grant.userId === named.userId) this.#grants.delete(grant.accessToken)
  }
}
