import type { GuildId } from '@guildmesh/contracts'
import type { ApplicationFlags, APIUser, GatewayReadyDispatchData } from 'discord-api-types/v10'
import type { MountedClient } from './mounted-client.ts'
import type { RelayStrategy } from './relay-strategy.ts'

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a bit set, of which none is of use here
const noFlags = 0 as ApplicationFlags

/** A guild as GUILD_CREATE describes it. */
export type GuildDescription = Readonly<Record<string, unknown>> & { readonly id: string }

/** Who the client is. */
export interface BotIdentity {
  readonly user: APIUser
  readonly applicationId: string
}

/**
 * Tells a mounted client about the guilds of this gateway, so that a guild that comes from another gateway, or goes to
 * one, is neither joined nor left: bots wipe data on `guildDelete`. Every method gives what listeners have not finished.
 */
export class Relay {
  readonly #client: MountedClient
  readonly #strategy: RelayStrategy
  readonly #identity: BotIdentity

  constructor(client: MountedClient, strategy: RelayStrategy, identity: BotIdentity) {
    this.#client = client
    this.#strategy = strategy
    this.#identity = identity
  }

  /** Begins the session. `clientReady` follows when all of these guilds have been described by `available`. */
  begin(guildIds: readonly string[]): Promise<void>[] {
    return this.#client.listen(() => this.#strategy.ready(this.#readyData(guildIds)))
  }

  /** The guild is here (again): `guildAvailable`, whether or not the client knew it. */
  available(guild: GuildDescription): Promise<void>[] {
    return this.#client.listen(() => this.#makeAvailable(guild))
  }

  /** The bot joined the guild: `guildCreate`, also when the event is repeated. */
  joined(guild: GuildDescription): Promise<void>[] {
    this.#evict(guild.id)
    return this.#client.listen(() => this.#strategy.dispatch('GUILD_CREATE', { ...guild }))
  }

  /** The bot left the guild: `guildDelete`, with the guild as `lastSeen` if the client does not know it. */
  left(data: { readonly id: string }, lastSeen: GuildDescription | null): Promise<void>[] {
    const { guilds } = this.#client
    if (lastSeen && !guilds.cache.has(data.id)) {
      this.#client.quietly(['guildAvailable'], () => this.#makeAvailable(lastSeen))
    }
    return this.dispatch('GUILD_DELETE', data)
  }

  /** Another gateway has the guild now: `guildUnavailable`, and the client forgets it. */
  released(guildId: GuildId): Promise<void>[] {
    if (!this.#client.guilds.cache.has(guildId)) return []
    const running = this.dispatch('GUILD_DELETE', { id: guildId, unavailable: true })
    this.#evict(guildId)
    return running
  }

  dispatch(type: string, data: unknown): Promise<void>[] {
    return this.#client.listen(() => this.#strategy.dispatch(type, data))
  }

  #makeAvailable(guild: GuildDescription): void {
    // Before the first readiness the guild stands in the session's READY already.
    if (this.#client.isReady() || !this.#client.guilds.cache.has(guild.id)) {
      this.#client.quietly(['shardReady'], () =>
        this.#strategy.dispatch('READY', this.#readyData([guild.id])),
      )
    }
    this.#strategy.dispatch('GUILD_CREATE', { ...guild })
  }

  #evict(guildId: string): void {
    const { guilds, channels } = this.#client
    const guild = guilds.cache.get(guildId)
    if (!guild) return
    for (const channelId of guild.channels.cache.keys()) channels.cache.delete(channelId)
    guilds.cache.delete(guildId)
  }

  #readyData(guildIds: readonly string[]): GatewayReadyDispatchData {
    const { user, applicationId } = this.#identity
    return {
      v: 10,
      user,
      guilds: guildIds.map((id) => ({ id, unavailable: true })),
      session_id: 'mounted',
      resume_gateway_url: '',
      shard: [0, 1],
      application: { id: applicationId, flags: noFlags, flags_new: '0' },
    }
  }
}
