import { firstEventOf } from '../resources/guilds.ts'
import type { GuildState } from '../state/entities.ts'
import type { SimEvent } from '../state/event-bus.ts'
import type { EventName, EventPayloads } from '../state/event-payloads.ts'
import type { World } from '../state/world.ts'
import { GatewayCounters } from './gateway-counters.ts'
import { GatewaySession } from './gateway-session.ts'
import type { SessionShape } from './gateway-session.ts'
import { botHears, intentsOf, payloadsOf } from './event-audience.ts'
import { intentsFor } from './intents.ts'
import { Pumps } from './pumps.ts'
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
  readonly #pumps = new Pumps()
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

  open(shape: Omit<SessionShape, 'id'>): GatewaySession {
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
    this.#pumps.run(() => {
      if (this.#sessions.get(session.id) !== session) return 'none'
      const isSlow = () => (session.sink?.backlog ?? 0) >= snapshotBacklogBytes
      const stopAt = Math.min(guilds.length, next + snapshotsPerTurn)
      while (next < stopAt && !isSlow()) {
        const guild = guilds[next++]
        if (!guild || !session.pendingGuilds.delete(guild.id)) continue
        if (!this.#world.botIsIn(guild)) continue
        if ((session.intents & intentsFor('GUILD_CREATE', true)) === 0) continue
        const { name, payload } = firstEventOf(this.#world, guild)
        this.dispatchTo(session, name, payload)
      }
      if (next >= guilds.length) return 'none'
      return isSlow() ? 'later' : 'at-once'
    })
  }

  /** A dispatch for one session alone (READY, GUILD_MEMBERS_CHUNK, …). */
  dispatchTo<T extends EventName>(session: GatewaySession, name: T, payload: EventPayloads[T]): void {
    session.dispatch(name, JSON.stringify(payload))
    this.counters.dispatched += 1
  }

  dispose(): void {
    this.#stopListening()
    this.#pumps.dispose()
    for (const session of this.#sessions.values()) session.end()
    this.#sessions.clear()
  }

  #route(event: SimEvent): void {
    if (event.name === 'INTERACTION_CREATE' && this.interactionsOverHttp()) return
    const { guild } = event
    if (guild && !botHears(this.#world, guild, event)) return
    const intents = intentsOf(event)
    const payloadOf = payloadsOf(event)
    // Sessions with like intents share a payload, which is written out once.
    const written = new Map<object, string>()
    for (const [shardCount, shards] of this.#byShard) {
      for (const session of shards.get(guild ? guild.shardKey % shardCount : 0) ?? []) {
        if (intents !== 0 && (session.intents & intents) === 0) continue
        if (guild && !this.#mayHearOf(session, guild, event)) continue
        const payload = payloadOf(session.intents)
        if (payload === null) continue
        const json = written.get(payload) ?? JSON.stringify(payload)
        written.set(payload, json)
        session.dispatch(event.name, json)
        this.counters.dispatched += 1
      }
    }
    const [first] = written.keys()
    if (guild && first) this.#witness(guild, event, first)
  }

  /** Nothing of a guild is sent before its first event, unless the bot is out of it by then. */
  #mayHearOf(session: GatewaySession, guild: GuildState, event: SimEvent): boolean {
    if (event.name === 'GUILD_DELETE') session.pendingGuilds.delete(guild.id)
    return event.name === 'INTERACTION_CREATE' || !session.pendingGuilds.has(guild.id)
  }
}
