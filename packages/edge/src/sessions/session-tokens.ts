import { MeshError, type Session } from '@guildmesh/contracts'
import type { Clock } from '@guildmesh/runtime'
import { type DiscordOAuth, OAuthTokens } from './discord-oauth.ts'
import type { Sealer } from './sealing.ts'
import type { SessionCache } from './session-cache.ts'

/** Tokens this close to their end are renewed before use. */
const marginMs = 60_000

/** Discord's access token of a session, renewed when it runs out. */
export class SessionTokens {
  readonly #oauth: DiscordOAuth
  readonly #sealer: Sealer
  readonly #sessions: SessionCache
  readonly #clock: Clock
  readonly #refreshing = new Map<string, Promise<OAuthTokens>>()

  constructor(parts: { oauth: DiscordOAuth; sealer: Sealer; sessions: SessionCache; clock: Clock }) {
    this.#oauth = parts.oauth
    this.#sealer = parts.sealer
    this.#sessions = parts.sessions
    this.#clock = parts.clock
  }

  /**
   * A token that Discord should accept.
   * @param rejected a token that Discord has just refused although it looked valid
   * @throws MeshError Unauthenticated if the person must sign in again; Unavailable if Discord does not answer
   */
  async accessToken(session: Session, rejected?: string): Promise<string> {
    const tokens = this.#open(session)
    if (tokens.expiresAt - this.#clock.now() > marginMs && tokens.accessToken !== rejected)
      return tokens.accessToken
    const underWay = this.#refreshing.get(session.sessionId)
    const refreshing = underWay ?? this.#refresh(session, tokens)
    if (!underWay) {
      this.#refreshing.set(session.sessionId, refreshing)
      void refreshing.catch(() => undefined).finally(() => this.#refreshing.delete(session.sessionId))
    }
    return (await refreshing).accessToken
  }

  async #refresh(session: Session, tokens: OAuthTokens): Promise<OAuthTokens> {
    const renewed = tokens.refreshToken && (await this.#oauth.refresh(tokens.refreshToken, this.#clock.now()))
    if (!renewed) {
      // Another edge may have spent the refresh token a moment ago; then its result is in the database.
      const stored = await this.#sessions.reload(session)
      const other = stored && stored.sealedTokens !== session.sealedTokens ? this.#open(stored) : null
      if (other) return other
      throw new MeshError({ kind: 'Unauthenticated', reason: 'expired' })
    }
    await this.#sessions.reseal(session, this.#sealer.seal(JSON.stringify(renewed)))
    return renewed
  }

  #open(session: Session): OAuthTokens {
    const text = this.#sealer.open(session.sealedTokens)
    // Sealed with another SESSION_SECRET: the person signs in again.
    if (text === null) throw new MeshError({ kind: 'Unauthenticated', reason: 'expired' })
    return OAuthTokens.parse(JSON.parse(text))
  }
}
