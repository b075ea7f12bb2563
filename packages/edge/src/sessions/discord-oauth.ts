import { type Failure, MeshError, PortalUser, UserId } from '@guildmesh/contracts'
import type { Secret } from '@guildmesh/runtime'
import * as oauth from 'oauth4webapi'
import { z } from 'zod'
import type { LoginAttempt } from './login-attempt.ts'

/** Discord's tokens for one person. Times are epoch milliseconds. */
export const OAuthTokens = z.object({
  accessToken: z.string(),
  refreshToken: z.string().nullable(),
  expiresAt: z.number(),
})
export type OAuthTokens = z.infer<typeof OAuthTokens>

export interface DiscordOAuthOptions {
  readonly clientId: string
  readonly clientSecret: Secret
  /** Discord's API with its version, without a slash at the end. */
  readonly apiUrl: string
  /** The page that asks a person for consent. */
  readonly authorizeUrl: string
  /** Must be registered with Discord, character by character. */
  readonly redirectUri: string
}

/** The login did not come to its end; `reason` is for people, `cause` for the log. */
export class LoginRefused extends Error {
  readonly reason: 'denied' | 'state' | 'discord'

  constructor(reason: 'denied' | 'state' | 'discord', options: { cause?: unknown } = {}) {
    super(`the login was refused (${reason})`, options)
    this.name = 'LoginRefused'
    this.reason = reason
  }
}

const timeoutMs = 8000
/** `identify`: who it is; `guilds`: which servers to show. Source: https://discord.com/developers/docs/topics/oauth2 */
const scope = 'identify guilds'

/** Discord's OAuth2: the authorization code grant with PKCE, and refreshing. */
export class DiscordOAuth {
  readonly #options: DiscordOAuthOptions
  readonly #server: oauth.AuthorizationServer
  readonly #client: oauth.Client
  readonly #authentication: oauth.ClientAuth

  constructor(options: DiscordOAuthOptions) {
    this.#options = options
    this.#server = {
      issuer: new URL(options.apiUrl).origin,
      authorization_endpoint: options.authorizeUrl,
      token_endpoint: `${options.apiUrl}/oauth2/token`,
    }
    this.#client = { client_id: options.clientId }
    this.#authentication = oauth.ClientSecretPost(options.clientSecret.reveal())
  }

  /** A fresh attempt, and the address to send the browser to. */
  async begin(returnPath: string): Promise<{ attempt: LoginAttempt; location: string }> {
    const attempt = {
      state: oauth.generateRandomState(),
      verifier: oauth.generateRandomCodeVerifier(),
      returnPath,
    }
    const location = new URL(this.#options.authorizeUrl)
    for (const [name, value] of Object.entries({
      client_id: this.#options.clientId,
      response_type: 'code',
      redirect_uri: this.#options.redirectUri,
      scope,
      state: attempt.state,
      code_challenge: await oauth.calculatePKCECodeChallenge(attempt.verifier),
      code_challenge_method: 'S256',
    })) {
      location.searchParams.set(name, value)
    }
    return { attempt, location: location.href }
  }

  /**
   * Turns the query of Discord's redirect into tokens.
   * @throws LoginRefused
   */
  async finish(attempt: LoginAttempt, query: URLSearchParams, now: number): Promise<OAuthTokens> {
    const answer = this.#validate(query, attempt.state)
    try {
      const response = await oauth.authorizationCodeGrantRequest(
        this.#server,
        this.#client,
        this.#authentication,
        answer,
        this.#options.redirectUri,
        attempt.verifier,
        this.#request(),
      )
      return tokensOf(await oauth.processAuthorizationCodeResponse(this.#server, this.#client, response), now)
    } catch (error) {
      throw new LoginRefused('discord', { cause: error })
    }
  }

  #validate(query: URLSearchParams, state: string): URLSearchParams {
    try {
      return oauth.validateAuthResponse(this.#server, this.#client, query, state)
    } catch (error) {
      throw new LoginRefused(error instanceof oauth.AuthorizationResponseError ? 'denied' : 'state', {
        cause: error,
      })
    }
  }

  /**
   * New tokens for old ones.
   * @returns `null` if Discord no longer accepts the refresh token
   * @throws MeshError Unavailable
   */
  async refresh(refreshToken: string, now: number): Promise<OAuthTokens | null> {
    try {
      const response = await oauth.refreshTokenGrantRequest(
        this.#server,
        this.#client,
        this.#authentication,
        refreshToken,
        this.#request(),
      )
      const tokens = tokensOf(
        await oauth.processRefreshTokenResponse(this.#server, this.#client, response),
        now,
      )
      return { ...tokens, refreshToken: tokens.refreshToken ?? refreshToken }
    } catch (error) {
      if (error instanceof oauth.ResponseBodyError && error.status < 500) return null
      throw new MeshError(discordUnavailable, { cause: error })
    }
  }

  /**
   * Whose tokens these are.
   * @throws LoginRefused
   */
  async user(accessToken: string): Promise<PortalUser> {
    try {
      const response = await fetch(`${this.#options.apiUrl}/users/@me`, {
        headers: { authorization: `Bearer ${accessToken}` },
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      })
      if (!response.ok) throw new Error(`GET /users/@me answered ${response.status}`)
      const user = DiscordUser.parse(await response.json())
      return PortalUser.parse({
        userId: user.id,
        name: user.global_name || user.username,
        avatar: user.avatar ?? null,
      })
    } catch (error) {
      throw new LoginRefused('discord', { cause: error })
    }
  }

  #request() {
    return {
      signal: AbortSignal.timeout(timeoutMs),
      // The configuration accepts http for loopback addresses only.
      [oauth.allowInsecureRequests]: this.#options.apiUrl.startsWith('http:'),
    }
  }
}

/** https://discord.com/developers/docs/resources/user#user-object */
const DiscordUser = z.object({
  id: UserId,
  username: z.string(),
  global_name: z.string().nullish(),
  avatar: z.string().nullish(),
})

export const discordUnavailable: Failure = { kind: 'Unavailable', service: 'Discord', retryAfterMs: 2000 }

/** Discord's access tokens last a week; one without a stated lifetime is assumed to last an hour. */
function tokensOf(response: oauth.TokenEndpointResponse, now: number): OAuthTokens {
  return {
    accessToken: response.access_token,
    refreshToken: response.refresh_token ?? null,
    expiresAt: now + (response.expires_in ?? 3600) * 1000,
  }
}
