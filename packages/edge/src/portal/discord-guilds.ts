import { GuildId, MeshError, type Session } from '@guildmesh/contracts'
import type { Clock } from '@guildmesh/runtime'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { discordUnavailable } from '../sessions/discord-oauth.ts'
import type { SessionTokens } from '../sessions/session-tokens.ts'

/** https://discord.com/developers/docs/resources/user#get-current-user-guilds */
const DiscordGuild = z.object({
  id: GuildId,
  name: z.string(),
  icon: z.string().nullish(),
  owner: z.boolean().default(false),
  permissions: z.string().regex(/^[0-9]+$/),
})
export type DiscordGuild = z.infer<typeof DiscordGuild>

interface Listing {
  readonly guilds: readonly DiscordGuild[]
  readonly at: number
}

/** Discord allows one such request a second and person; a page that is opened again within this time costs none. */
const freshMs = 30_000
/** An older list is better than none while Discord refuses. */
const usableMs = 10 * 60_000
const requestMs = 4000

/** The guilds that signed-in people are in, as Discord tells them. */
export class DiscordGuilds {
  readonly #apiUrl: string
  readonly #tokens: SessionTokens
  readonly #clock: Clock
  readonly #listings = new LRUCache<string, Listing>({ max: 10_000 })
  readonly #underWay = new Map<string, Promise<readonly DiscordGuild[]>>()
  /** Until when Discord wants no request for a person, by the monotonic clock. */
  readonly #pausedUntil = new LRUCache<string, number>({ max: 10_000 })

  constructor(parts: { apiUrl: string; tokens: SessionTokens; clock: Clock }) {
    this.#apiUrl = parts.apiUrl
    this.#tokens = parts.tokens
    this.#clock = parts.clock
  }

  /**
   * @throws MeshError Unauthenticated if the person must sign in again, RateLimited, Unavailable
   */
  async of(session: Session): Promise<readonly DiscordGuild[]> {
    const { userId } = session.user
    const listing = this.#listings.get(userId)
    const age = listing ? this.#clock.monotonicMs() - listing.at : Number.POSITIVE_INFINITY
    if (listing && age < freshMs) return listing.guilds
    try {
      return await this.#once(userId, session)
    } catch (error) {
      const passing =
        error instanceof MeshError && ['RateLimited', 'Unavailable'].includes(error.failure.kind)
      if (passing && listing && age < usableMs) return listing.guilds
      throw error
    }
  }

  #once(userId: string, session: Session): Promise<readonly DiscordGuild[]> {
    const underWay = this.#underWay.get(userId)
    if (underWay) return underWay
    const request = this.#request(userId, session).finally(() => this.#underWay.delete(userId))
    this.#underWay.set(userId, request)
    return request
  }

  async #request(userId: string, session: Session): Promise<readonly DiscordGuild[]> {
    const pausedMs = (this.#pausedUntil.get(userId) ?? 0) - this.#clock.monotonicMs()
    if (pausedMs > 0) throw new MeshError({ kind: 'RateLimited', retryAfterMs: Math.ceil(pausedMs) })
    const token = await this.#tokens.accessToken(session)
    let response = await this.#get(token)
    if (response.status === 401) {
      await response.body?.cancel()
      response = await this.#get(await this.#tokens.accessToken(session, token))
    }
    if (response.status === 429) throw this.#pause(userId, response)
    if (response.status === 401) throw new MeshError({ kind: 'Unauthenticated', reason: 'revoked' })
    const guilds = response.ok ? z.array(DiscordGuild).safeParse(await response.json()) : null
    if (!guilds?.success) throw new MeshError(discordUnavailable, { cause: guilds?.error ?? response.status })
    this.#listings.set(userId, { guilds: guilds.data, at: this.#clock.monotonicMs() })
    return guilds.data
  }

  async #get(token: string): Promise<Response> {
    try {
      return await fetch(`${this.#apiUrl}/users/@me/guilds`, {
        headers: { authorization: `Bearer ${token}` },
        redirect: 'error',
        signal: AbortSignal.timeout(requestMs),
      })
    } catch (error) {
      throw new MeshError(discordUnavailable, { cause: error })
    }
  }

  #pause(userId: string, response: Response): MeshError {
    const seconds = Number(response.headers.get('retry-after'))
    const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? Math.ceil(seconds * 1000) : 1000
    this.#pausedUntil.set(userId, this.#clock.monotonicMs() + retryAfterMs)
    return new MeshError({ kind: 'RateLimited', retryAfterMs })
  }
}
