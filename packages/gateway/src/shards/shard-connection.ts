import type { ShardSession } from '@guildmesh/contracts'
import type { Clock, Timers } from '@guildmesh/runtime'
import type { KnownSession, SessionProgress } from '../delivery/session-progress.ts'
import type { ShardDelivery } from '../delivery/shard-delivery.ts'
import type { PermitSource } from './permit-source.ts'
import { keepSessionCode } from './protocol/close-code.ts'
import { parseDiscordFrame } from './protocol/discord-frame.ts'
import {
  idleShard,
  type SessionEndReason,
  type ShardAction,
  type ShardInput,
  type ShardReport,
  type ShardState,
  type ShardTimer,
} from './protocol/shard-state.ts'
import { stepShard } from './protocol/step-shard.ts'
import type { OpenShardSocket, ShardSocket } from './shard-socket.ts'

export interface ShardConnectionOptions {
  readonly shard: readonly [id: number, count: number]
  readonly token: string
  readonly intents: number
  /** Discord's main gateway, from `GET /gateway/bot`. */
  readonly mainUrl: string
  /** The session that the holder before left. */
  readonly session: ShardSession | null
  readonly clock: Clock
  readonly timers: Timers
  readonly openSocket: OpenShardSocket
  /** Whether the lease lets us start or take over the session now; asked again until it does. */
  readonly mayConnect: () => boolean
  readonly permits: Pick<PermitSource, 'request'>
  readonly progress: Pick<SessionProgress, 'resumeSeq'>
  readonly delivery: Pick<ShardDelivery, 'receive'>
  /** `guildIds`: all guilds of the shard, if Discord told. */
  readonly onSession: (session: KnownSession, seq: number, guildIds: readonly string[] | null) => void
  /** The session cannot be resumed; `received` is the highest seq of it that came. */
  readonly onSessionEnded: (session: KnownSession, received: number, reason: SessionEndReason) => void
  readonly onRefused: (message: string) => void
  readonly onReport: (report: ShardReport) => void
}

const leaseRecheckMs = 100

/** Keeps one Discord shard connected: the shell around `stepShard`, with the socket and the timers. */
export class ShardConnection {
  readonly #options: ShardConnectionOptions
  #state: ShardState = idleShard
  #socket: ShardSocket | null = null
  #paused = false
  /** Cancels what is due later. */
  readonly #due = new Map<ShardTimer | 'connect' | 'permit', () => void>()
  readonly #leaving = new Set<Promise<void>>()

  constructor(options: ShardConnectionOptions) {
    this.#options = options
  }

  get state(): ShardState {
    return this.#state
  }

  /** Whether reading from Discord is paused. */
  get paused(): boolean {
    return this.#paused
  }

  start(): void {
    this.#step({ type: 'start', session: this.#options.session })
  }

  /** Stops reading from Discord until `resume`. */
  pause(): void {
    if (this.#paused) return
    this.#paused = true
    this.#socket?.pause()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#socket?.resume()
    this.#step({ type: 'read-again' })
  }

  /** Leaves the socket so that another holder can RESUME the session; resolves when the socket is gone. */
  async stop(): Promise<void> {
    this.#step({ type: 'stop' })
    // A connection that Discord refused takes no step any more.
    this.#leave(keepSessionCode, 'handed over')
    await Promise.all(this.#leaving)
  }

  #connect(host: 'main' | 'resume'): void {
    const { mainUrl, mayConnect, openSocket } = this.#options
    if (!mayConnect()) {
      // A process that was stopped for long may have lost its lease: resuming would take the session from its holder.
      this.#after('connect', leaseRecheckMs, () => this.#connect(host))
      return
    }
    const url = host === 'resume' ? (this.#state.session?.resumeUrl ?? mainUrl) : mainUrl
    // What an earlier socket still says must not be taken for this one's.
    const isCurrent = () => this.#socket === socket
    let socket: ShardSocket | null = null
    try {
      socket = openSocket(url, {
        onMessage: (text) => {
          if (isCurrent()) this.#hear(text)
        },
        onClose: (code) => {
          if (!isCurrent()) return
          this.#socket = null
          this.#step({ type: 'closed', code })
        },
      })
    } catch {
      // Only an address that is no URL ends here; it counts as a host that cannot be reached.
      this.#after('connect', 0, () => this.#step({ type: 'closed', code: 1006 }))
      return
    }
    this.#socket = socket
  }

  #hear(text: string): void {
    const frame = parseDiscordFrame(text)
    if (!frame) {
      this.#options.onReport({ event: 'odd-frame', detail: 'not a message of a shard socket' })
      return
    }
    this.#step({ type: 'frame', frame })
    // A pause outlives the socket it began on; a new one must get as far as its first event to be alive at all.
    if (this.#paused && frame.op === 'dispatch') this.#socket?.pause()
  }

  #step(input: ShardInput): void {
    const { shard, token, intents, clock, progress } = this.#options
    const { state, actions } = stepShard(this.#state, input, {
      nowMs: clock.monotonicMs(),
      random: Math.random(),
      resumeSeq: progress.resumeSeq,
      paused: this.#paused,
      token,
      shard,
      intents,
    })
    this.#state = state
    for (const action of actions) this.#act(action)
  }

  #act(action: ShardAction): void {
    switch (action.do) {
      case 'dispatch':
        return this.#options.delivery.receive(action.dispatch)
      case 'send':
        return this.#socket?.send(JSON.stringify(action.payload))
      case 'set-timer': {
        const { timer, afterMs } = action
        return this.#after(timer, afterMs, () => this.#step({ type: 'due', timer }))
      }
      case 'connect':
        return this.#after('connect', action.afterMs, () => this.#connect(action.host))
      case 'close':
        return this.#leave(action.code, action.reason)
      case 'request-permit':
        return this.#after('permit', action.afterMs, () => void this.#requestPermit())
      case 'session':
        return this.#options.onSession(action.session, action.seq, action.guildIds)
      case 'session-ended':
        return this.#options.onSessionEnded(action.session, action.received, action.reason)
      case 'refused':
        return this.#options.onRefused(action.message)
      case 'report':
        return this.#options.onReport(action.report)
      default:
        return action satisfies never
    }
  }

  #after(name: ShardTimer | 'connect' | 'permit', delayMs: number, callback: () => void): void {
    this.#due.get(name)?.()
    this.#due.set(name, this.#options.timers.after(delayMs, callback))
  }

  #leave(code: number, reason: string): void {
    for (const cancel of this.#due.values()) cancel()
    this.#due.clear()
    const socket = this.#socket
    this.#socket = null
    if (!socket) return
    const leaving = socket.leave(code, reason).finally(() => this.#leaving.delete(leaving))
    this.#leaving.add(leaving)
  }

  async #requestPermit(): Promise<void> {
    this.#step(await this.#options.permits.request())
  }
}
