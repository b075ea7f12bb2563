import { PermissionFlagsBits } from 'discord-api-types/v10'
import { canView, guildPermissions } from '../resources/permissions.ts'
import { renderGuildSnapshot } from '../resources/guilds.ts'
import type { GuildState } from '../state/entities.ts'
import type { SimEvent } from '../state/event-bus.ts'
import type { EventName, EventPayloads } from '../state/event-payloads.ts'
import type { World } from '../state/world.ts'
import { GatewayCounters } from './gateway-counters.ts'
import { GatewaySession } from './gateway-session.ts'
import { wantsEvent } from './intents.ts'
import type { ReplayLimits } from './replay-ring.ts'

/** Told of every guild event that entered at least one session's stream, once, in stream order. */
export type DispatchWitness = (guild: GuildState, event: SimEvent, payload: object) => void

/** Keeps the pump of first GUILD_CREATEs from filling memory when a client reads slowly. */
const snapshotBacklogBytes = 4_000_000
const snapshotsPerTurn = 100

/** All sessions of the bot; turns each event of the world into dispatches on the right ones. */
export class GatewayHub {
  readonly counters = new GatewayCounters()
  readonly #world: World
  readonly #limits: ReplayLimits
  readonly #witness: DispatchWitness
  readonly #sessions = new Map<string, GatewaySession>()
  /** shard count → shard id → sessions. */
  readonly #byShard = new Map<number, Map<number, Set<GatewaySession>>>()
  readonly #pumps = new Set<() => void>()
  readonly #stopListening: () => void
  /** True while interactions go to an endpoint instead of the gateway. */
  interactionsOverHttp: () => boolean = () => false

  constructor(world: World, limits: ReplayLimits, witness: DispatchWitness) {
    this.#world = world
    this.#limits = limits
    this.#witness = witness
    this.#stopListening = world.bus.listen((event) => this.#route(event))
  }

  get sessions(): IterableIterator<GatewaySession> {
    return this.#sessions.values()
  }

  find(sessionId: string): GatewaySession | undefined {
    return this.#sessions.get(sessionId)
  }

  /** Guilds of one shard that the bot is in, by ascending id. */
  guildsOfShard(shardId: number, shardCount: number): GuildState[] {
    return [...this.#world.guilds.values()].filter(
      (guild) => guild.shardKey % shardCount === shardId && this.#world.botIsIn(guild),
    )
  }

  open(shape: { shardId: number; shardCount: number; intents: number }): GatewaySession {
    const id = this.#world.random.text(32, '0123456789abcdef')
    const session = new GatewaySession({ id, ...shape }, this.#limits, this.#world.clock, (expired) =>
      this.end(expired),
    )
    this.#sessions.set(id, session)
    const shards = this.#byShard.get(shape.shardCount) ?? new Map<number, Set<GatewaySession>>()
    this.#byShard.set(shape.shardCount, shards)
    const group = shards.get(shape.shardId) ?? new Set()
    shards.set(shape.shardId, group.add(session))
    return session
  }

  /** The session is over: it can neither be resumed nor does it collect events any longer. */
  end(session: GatewaySession): void {
    session.end()
    if (!this.#sessions.delete(session.id)) return
    const { shardId, shardCount, seq, acknowledgedSeq } = session
    const at = this.#world.clock.now()
    this.counters.ended({ shardId, shardCount, seq, acknowledgedSeq, at })
    this.#byShard.get(session.shardCount)?.get(session.shardId)?.delete(session)
  }

  /** Sends the first GUILD_CREATE of each of the session's guilds, in slices. */
  sendSnapshots(session: GatewaySession, guilds: GuildState[]): void {
    for (const guild of guilds) session.pendingGuilds.add(guild.id)
    let next = 0
    const turn = () => {
      if (this.#sessions.get(session.id) !== session) return
      const stopAt = Math.min(guilds.length, next + snapshotsPerTurn)
      while (next < stopAt && (session.sink?.backlog ?? 0) < snapshotBacklogBytes) {
        const guild = guilds[next++]
        if (!guild || !session.pendingGuilds.delete(guild.id)) continue
        if (guild.unavailable || !this.#world.botIsIn(guild)) continue
        if (!wantsEvent(session.intents, 'GUILD_CREATE', true)) continue
        session.dispatch('GUILD_CREATE', JSON.stringify(renderGuildSnapshot(this.#world, guild)))
        this.counters.dispatched += 1
      }
      if (next < guilds.length) schedule()
    }
    // A client that reads slowly is looked at again later; others get their next slice at once.
    const schedule = () => {
      const again = () => {
        this.#pumps.delete(cancel)
        turn()
      }
      const slow = (session.sink?.backlog ?? 0) >= snapshotBacklogBytes
      const timer = slow ? setTimeout(again, 5) : null
      const immediate = slow ? null : setImmediate(again)
      const cancel = () => {
        if (timer) clearTimeout(timer)
        if (immediate) clearImmediate(immediate)
      }
      this.#pumps.add(cancel)
    }
    turn()
  }

  /** A dispatch for one session alone (READY, GUILD_MEMBERS_CHUNK, …). */
  dispatchTo<T extends EventName>(session: GatewaySession, name: T, payload: EventPayloads[T]): void {
    session.dispatch(name, JSON.stringify(payload))
    this.counters.dispatched += 1
  }

  dispose(): void {
    this.#stopListening()
    for (const cancel of this.#pumps) cancel()
    for (const session of this.#sessions.values()) session.end()
    this.#sessions.clear()
  }

  #route(event: SimEvent): void {
    if (event.name === 'INTERACTION_CREATE' && this.interactionsOverHttp()) return
    const { guild } = event
    if (guild && !this.#botHears(guild, event)) return
    let fullJson: string | null = null
    let blankJson: string | null = null
    let witnessed: object | null = null
    for (const [shardCount, shards] of this.#byShard) {
      const sessions = shards.get(guild ? guild.shardKey % shardCount : 0)
      if (!sessions) continue
      for (const session of sessions) {
        if (!wantsEvent(session.intents, event.name, guild !== null)) continue
        if (guild && session.pendingGuilds.has(guild.id)) continue
        const blank = event.withoutContent !== null && (session.intents & messageContentBit) === 0
        if (blank) {
          const payload = event.withoutContent?.() ?? event.payload
          blankJson ??= JSON.stringify(payload)
          witnessed ??= payload
        } else {
          fullJson ??= JSON.stringify(event.payload)
          witnessed ??= event.payload
        }
        session.dispatch(event.name, (blank ? blankJson : fullJson) ?? 'null')
        this.counters.dispatched += 1
      }
    }
    if (guild && witnessed) this.#witness(guild, event, witnessed)
  }

  #botHears(guild: GuildState, event: SimEvent): boolean {
    if (guild.unavailable) return false
    if (!this.#world.botIsIn(guild)) return false
    if (event.name === 'GUILD_AUDIT_LOG_ENTRY_CREATE') {
      return this.#cachedView(guild, 'audit-log', () => this.#botMayReadAuditLog(guild))
    }
    const channelId = event.channelId
    if (channelId === null) return true
    const channel = guild.channels.get(channelId)
    if (!channel) return true
    return this.#cachedView(guild, channelId, () => canView(this.#world, channel, this.#world.app.botId))
  }

  #cachedView(guild: GuildState, key: string, compute: () => boolean): boolean {
    const known = guild.botView.get(key)
    if (known !== undefined) return known
    const fresh = compute()
    guild.botView.set(key, fresh)
    return fresh
  }

  #botMayReadAuditLog(guild: GuildState): boolean {
    const member = guild.members.get(this.#world.app.botId)
    return member !== undefined && (guildPermissions(guild, member) & PermissionFlagsBits.ViewAuditLog) !== 0n
  }
}

const messageContentBit = 1 << 15
