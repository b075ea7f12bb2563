import type { SimClock, SimTimer } from '../clock.ts'
import type { EventName } from '../state/event-payloads.ts'
import { ReplayRing } from './replay-ring.ts'
import type { ReplayLimits, SentDispatch } from './replay-ring.ts'

/** What a session needs of the socket it is attached to. */
export interface SessionSink {
  writeDispatch(entry: SentDispatch): void
  /** Bytes that the client has not taken yet. */
  readonly backlog: number
}

export interface SessionShape {
  id: string
  shardId: number
  shardCount: number
  intents: number
  /** Of the connection that identified. */
  apiVersion: number
}

/** One Discord session: a numbered stream that outlives its sockets until it is ended or forgotten. */
export class GatewaySession {
  readonly id: string
  readonly shardId: number
  readonly shardCount: number
  readonly intents: number
  readonly apiVersion: number
  readonly ring: ReplayRing
  /** Guilds whose first GUILD_CREATE has not gone out: nothing else of them is sent before. */
  readonly pendingGuilds = new Set<string>()
  seq = 0
  /** Dispatches up to this seq were acknowledged by a heartbeat or RESUME of the client. */
  acknowledgedSeq = 0
  #sink: SessionSink | null = null
  #expiry: SimTimer | null = null
  readonly #clock: SimClock
  readonly #limits: ReplayLimits
  readonly #onExpire: (session: GatewaySession) => void

  constructor(
    shape: SessionShape,
    limits: ReplayLimits,
    clock: SimClock,
    onExpire: (session: GatewaySession) => void,
  ) {
    this.id = shape.id
    this.shardId = shape.shardId
    this.shardCount = shape.shardCount
    this.intents = shape.intents
    this.apiVersion = shape.apiVersion
    this.ring = new ReplayRing(limits)
    this.#limits = limits
    this.#clock = clock
    this.#onExpire = onExpire
  }

  /** True where the guild belongs to the session's shard. */
  serves(guild: { shardKey: number }): boolean {
    return guild.shardKey % this.shardCount === this.shardId
  }

  get sink(): SessionSink | null {
    return this.#sink
  }

  /** Numbers a dispatch, keeps it for replay, and writes it where a socket is attached. */
  dispatch(name: EventName, payloadJson: string): void {
    this.seq += 1
    const entry = { seq: this.seq, name, payloadJson, at: this.#clock.now() }
    this.ring.push(entry)
    this.#sink?.writeDispatch(entry)
  }

  attach(sink: SessionSink): void {
    this.#expiry?.cancel()
    this.#expiry = null
    this.#sink = sink
  }

  /** The socket is gone; the session waits for a RESUME as long as its oldest event would be kept. */
  detach(sink: SessionSink): void {
    if (this.#sink !== sink) return
    this.#sink = null
    this.#expiry = this.#clock.after(this.#limits.ageMs, () => this.#onExpire(this))
  }

  end(): void {
    this.#sink = null
    this.#expiry?.cancel()
  }
}
