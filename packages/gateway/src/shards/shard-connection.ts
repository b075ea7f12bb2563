import type { SessionPermit } from '@guildmesh/contracts'
import type { Clock } from '@guildmesh/runtime'
import type { Dispatch } from '../delivery/dispatch.ts'
import { parseDiscordFrame } from './discord-frame.ts'
import {
  idleShard,
  type KnownSession,
  type ShardAction,
  type ShardInput,
  type SessionEndReason,
  type ShardReport,
  type ShardState,
  type ShardTimer,
} from './shard-state.ts'
import { stepShard } from './shard-protocol.ts'
import type { OpenShardSocket, ShardSocket } from './shard-socket.ts'

export interface ShardConnectionOptions {
  readonly shard: readonly [id: number, count: number]
  readonly token: string
  readonly intents: number
  /** Discord's main gateway, from `GET /gateway/bot`. */
  readonly mainUrl: string
  readonly session: (KnownSession & { readonly seq: number }) | null
  readonly clock: Clock
  readonly openSocket: OpenShardSocket
  /** Whether the lease lets us start or take over the session now; asked again until it does. */
  readonly mayConnect: () => boolean
  /** @throws if none is to be had now; asked again later */
  readonly requestPermit: () => Promise<SessionPermit>
  /** How long to wait after `requestPermit` threw, milliseconds. */
  readonly permitRetryMs: (error: unknown) => number
  /** The seq that is stored for a successor; see `ShardContext`. */
  readonly resumeSeq: () => number
  readonly onDispatch: (dispatch: Dispatch) => void
  /** `guildIds`: all guilds of the shard, where Discord told. */
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
  #stopped = false
  #size = 0
  readonly #timers = new Map<ShardTimer | 'connect' | 'permit', NodeJS.Timeout>()
  readonly #leaving = new Set<Promise<void>>()

  constructor(options: ShardConnectionOptions) {
    this.#options = options
  }

  get state(): ShardState {
    return this.#state
  }

  start(): void {
    this.#step({ type: 'start', session: this.#options.session })
  }

  /** Leaves the socket so that another holder can RESUME the session; resolves when the socket is gone. */
  async stop(): Promise<void> {
    if (!this.#stopped) {
      this.#step({ type: 'stop' })
      this.#stopped = true
      this.#leave(4200, 'handed over')
      for (const timer of this.#timers.values()) clearTimeout(timer)
      this.#timers.clear()
    }
    await Promise.all(this.#leaving)
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

  get paused(): boolean {
    return this.#paused
  }

  #step(input: ShardInput): void {
    if (this.#stopped) return
    const { shard, token, intents, clock, resumeSeq } = this.#options
    const { state, actions } = stepShard(this.#state, input, {
      nowMs: clock.monotonicMs(),
      random: Math.random(),
      resumeSeq: resumeSeq(),
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
        this.#options.onDispatch({
          generation: action.generation,
          seq: action.seq,
          type: action.type,
          data: action.data,
          size: this.#size,
        })
        return
      case 'send':
        this.#socket?.send(JSON.stringify(action.payload))
        return
      case 'set-timer':
        this.#after(action.timer, action.afterMs, () => this.#step({ type: 'due', timer: action.timer }))
        return
      case 'connect':
        this.#after('connect', action.afterMs, () => this.#connect(action.host))
        return
      case 'close':
        this.#leave(action.code, action.reason)
        return
      case 'request-permit':
        this.#after('permit', action.afterMs, () => void this.#requestPermit())
        return
      case 'session':
        this.#options.onSession(action.session, action.seq, action.guildIds)
        return
      case 'session-ended':
        this.#options.onSessionEnded(action.session, action.received, action.reason)
        return
      case 'refused':
        this.#options.onRefused(action.message)
        return
      case 'report':
        this.#options.onReport(action.report)
        return
      default:
        action satisfies never
    }
  }

  #after(name: ShardTimer | 'connect' | 'permit', delayMs: number, then: () => void): void {
    clearTimeout(this.#timers.get(name))
    this.#timers.set(name, setTimeout(then, delayMs))
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
      this.#options.onReport({ event: 'odd-frame', detail: 'not a gateway message' })
      return
    }
    this.#size = text.length
    this.#step({ type: 'frame', frame })
    // A pause outlives the socket it began on; a new one must get as far as its first event to be alive at all.
    if (this.#paused && frame.op === 'dispatch') this.#socket?.pause()
  }

  #leave(code: number, reason: string): void {
    this.#timers.forEach((timer) => clearTimeout(timer))
    this.#timers.clear()
    const socket = this.#socket
    this.#socket = null
    if (!socket) return
    const leaving = socket.leave(code, reason).finally(() => this.#leaving.delete(leaving))
    this.#leaving.add(leaving)
  }

  async #requestPermit(): Promise<void> {
    const { requestPermit, permitRetryMs } = this.#options
    try {
      const { generation, waitMs } = await requestPermit()
      this.#step({ type: 'permit', generation, waitMs })
    } catch (error) {
      this.#step({ type: 'no-permit', retryAfterMs: permitRetryMs(error) })
    }
  }
}
