import type { PortalUser, Session } from '@guildmesh/contracts'
import { type Clock, within } from '@guildmesh/runtime'
import { LRUCache } from 'lru-cache'
import type { ConfigClient } from '../config-client.ts'
import { createOpaqueToken, hashToken } from './opaque-token.ts'
import { VerifiedCache } from './verified-cache.ts'

export interface SessionCacheOptions {
  readonly config: ConfigClient
  readonly lifetimeMs: number
  /** How late a revocation on another edge may be seen here. */
  readonly freshMs: number
  readonly clock: Clock
}

const callMs = 2000
/** Clocks of two machines may differ by this much. */
const clockToleranceMs = 60_000

/** Sessions of the portal: the config API stores them in PostgreSQL under the hash of their token, this cache keeps copies. */
export class SessionCache {
  readonly #options: SessionCacheOptions
  readonly #sessions: VerifiedCache<Session>
  /** Revoked sessions: a look-up that was already under way must not bring one back. */
  readonly #revoked = new LRUCache<string, true>({ max: 10_000 })

  constructor(options: SessionCacheOptions) {
    this.#options = options
    this.#sessions = new VerifiedCache({
      max: 50_000,
      freshMs: options.freshMs,
      clock: options.clock,
      verify: (tokenHash) => options.config.sessions.find.query({ tokenHash }, within(callMs)),
    })
  }

  /** Starts a session under a new token, which only the browser will know. */
  async create(user: PortalUser, sealedTokens: string): Promise<{ token: string; session: Session }> {
    const { config, lifetimeMs } = this.#options
    const token = createOpaqueToken()
    const tokenHash = hashToken(token)
    const session = await config.sessions.create.mutate(
      { tokenHash, user, sealedTokens, lifetimeMs },
      within(callMs),
    )
    this.#sessions.learn(tokenHash, session)
    return { token, session }
  }

  /**
   * The session of a token.
   * @returns `null` if it is unknown, revoked or over
   * @throws MeshError Unavailable if it was never seen here and the config API cannot be asked
   */
  async find(token: string): Promise<Session | null> {
    const session = await this.#sessions.find(hashToken(token))
    if (!session || this.#revoked.has(session.sessionId)) return null
    return this.#options.clock.now() < session.expiresAt + clockToleranceMs ? session : null
  }

  /** Whether a session found earlier is still valid, as far as is known here. */
  async isLive({ sessionId, expiresAt }: Session): Promise<boolean> {
    if (this.#revoked.has(sessionId)) return false
    if (this.#options.clock.now() >= expiresAt + clockToleranceMs) return false
    const tokenHash = this.#sessions.hashWhere((session) => session.sessionId === sessionId)
    return tokenHash !== null && (await this.#sessions.find(tokenHash)) !== null
  }

  /** The session as the config API has it now: another edge may have resealed its tokens. */
  async reload({ sessionId }: Session): Promise<Session | null> {
    const tokenHash = this.#sessions.hashWhere((session) => session.sessionId === sessionId)
    return tokenHash === null ? null : this.#sessions.verify(tokenHash)
  }

  /** Stores newly sealed tokens of a session. */
  async reseal(session: Session, sealedTokens: string): Promise<void> {
    const { sessionId } = session
    await this.#options.config.sessions.reseal.mutate({ sessionId, sealedTokens }, within(callMs))
    const tokenHash = this.#sessions.hashWhere((known) => known.sessionId === sessionId)
    if (tokenHash !== null) this.#sessions.learn(tokenHash, { ...session, sealedTokens })
  }

  /** Ends a session for good: here at once, on every other edge within `freshMs`. */
  async revoke(sessionId: string): Promise<void> {
    this.#revoked.set(sessionId, true)
    await this.#options.config.sessions.revoke.mutate({ sessionId }, within(callMs))
  }
}
