import {
  type Call,
  ChannelId,
  type Failure,
  type GatewayId,
  type GatewayPort,
  type GuildChange,
  type GuildId,
  type GuildMember,
  type GuildOverview,
  type InteractionAnswer,
  MeshError,
  type UserId,
} from '@guildmesh/contracts'

/** What a fake gateway knows of a guild that it owns. */
export interface FakeGuild {
  epoch: number
  name: string
  members: Map<UserId, GuildMember>
}

/**
 * A gateway in memory, behind the real router: refuses guilds that it does not own at the stated epoch, and answers
 * for those it does with rows that name them.
 */
export class FakeGateway {
  readonly gatewayId: GatewayId
  readonly guilds = new Map<GuildId, FakeGuild>()
  /** What it was asked, in order. */
  readonly asked: { method: string; guildId: GuildId | null; epoch: number | null }[] = []
  /** Failures for the next calls that name a guild; each is used once. */
  readonly refusals: Failure[] = []
  /** Replaces how interactions are answered. */
  answer: (payload: Record<string, unknown>, call: Call) => Promise<InteractionAnswer> = async () => ({
    response: { type: 4, data: { content: `answered by ${this.gatewayId}` } },
  })
  /** The guild that overviews are about, whatever was asked; a gateway with a bug. */
  overviewOf: GuildId | null = null
  readonly #listeners = new Map<GuildId, Set<(change: GuildChange | null) => void>>()

  constructor(gatewayId: GatewayId) {
    this.gatewayId = gatewayId
  }

  get methods(): string[] {
    return this.asked.map(({ method }) => method)
  }

  /** Something of the guild was committed. */
  commit(guildId: GuildId): void {
    for (const listener of this.#listeners.get(guildId) ?? []) {
      listener({ guildId, cursor: null, at: Date.now() })
    }
  }

  /** Ends every subscription of the guild without a word. */
  hangUp(guildId: GuildId): void {
    for (const listener of this.#listeners.get(guildId) ?? []) listener(null)
  }

  listenersOf(guildId: GuildId): number {
    return this.#listeners.get(guildId)?.size ?? 0
  }

  #owned(method: string, guildId: GuildId, epoch: number): FakeGuild {
    this.asked.push({ method, guildId, epoch })
    const refusal = this.refusals.shift()
    if (refusal) throw new MeshError(refusal)
    const guild = this.guilds.get(guildId)
    if (!guild) {
      throw new MeshError({ kind: 'NotOwner', guildId, gatewayId: this.gatewayId, knownEpoch: 0 })
    }
    if (guild.epoch !== epoch) {
      throw new MeshError({ kind: 'StaleEpoch', offered: epoch, current: guild.epoch })
    }
    return guild
  }

  readonly port: GatewayPort = {
    guild: {
      overview: async ({ guildId, epoch }) =>
        this.#overview(guildId, this.#owned('guild.overview', guildId, epoch)),
      activity: async ({ guildId, epoch, from }) => {
        const { name } = this.#owned('guild.activity', guildId, epoch)
        const totals = { messages: 1, members: 1, channels: 1, characters: 1, words: 1, reactions: 0 }
        return {
          buckets: [{ start: from, messages: 1, members: 1 }],
          totals,
          previous: totals,
          topMembers: [],
          topChannels: [{ channelId: channelOf(guildId), name, hidden: false, messages: 1 }],
        }
      },
      member: async ({ guildId, epoch, userId }) => {
        const { members } = this.#owned('guild.member', guildId, epoch)
        return (
          members.get(userId) ?? {
            userId,
            inGuild: false,
            isOwner: false,
            permissions: '0',
            isModerator: false,
          }
        )
      },
      changes: ({ guildId, epoch }, call) => this.#changes(guildId, epoch, call.signal),
    },
    events: { deliver: notOfTheEdge, parked: notOfTheEdge, forgetParked: notOfTheEdge },
    interactions: {
      handle: async ({ guild, payload }, call) => {
        if (guild) this.#owned('interactions.handle', guild.guildId, guild.epoch)
        else this.asked.push({ method: 'interactions.handle', guildId: null, epoch: null })
        return this.answer(payload, call)
      },
    },
    ownership: {
      releaseEmpty: async () => {
        throw new Error('the edge moves nothing')
      },
      reclaim: async () => {
        throw new Error('the edge moves nothing')
      },
    },
    probe: { chains: async () => ({ probing: false, chains: [] }) },
    health: async () => ({ gatewayId: this.gatewayId, ready: true, guilds: this.guilds.size, shards: [] }),
  }

  #overview(guildId: GuildId, guild: FakeGuild): GuildOverview {
    return {
      guildId: this.overviewOf ?? guildId,
      name: guild.name,
      iconUrl: null,
      memberCount: guild.members.size,
      channelCount: 3,
      roleCount: 2,
      present: true,
      gatewayId: this.gatewayId,
      epoch: guild.epoch,
      settings: null,
      names: {},
      hidden: [],
      cursor: null,
      lastEventAt: null,
      eventLagMs: null,
    }
  }

  async *#changes(guildId: GuildId, epoch: number, signal: AbortSignal): AsyncGenerator<GuildChange, void> {
    this.#owned('guild.changes', guildId, epoch)
    const changes: GuildChange[] = [{ guildId, cursor: null, at: Date.now() }]
    let isOver = false
    let wake = Promise.withResolvers<void>()
    const listener = (change: GuildChange | null) => {
      if (change) changes.push(change)
      else isOver = true
      wake.resolve()
    }
    const listeners = this.#listeners.get(guildId) ?? new Set()
    this.#listeners.set(guildId, listeners.add(listener))
    signal.addEventListener('abort', () => wake.resolve(), { once: true })
    try {
      while (!signal.aborted) {
        yield* changes.splice(0)
        if (isOver) return
        await wake.promise
        wake = Promise.withResolvers<void>()
      }
    } finally {
      listeners.delete(listener)
    }
  }
}

/** A channel id that tells which guild an answer is about. */
function channelOf(guildId: GuildId) {
  return ChannelId.parse(guildId)
}

async function notOfTheEdge(): Promise<never> {
  throw new Error('the edge delivers no events')
}
