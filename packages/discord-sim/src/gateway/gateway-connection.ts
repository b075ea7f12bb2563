import { GatewayOpcodes } from 'discord-api-types/v10'
import type { RawData, WebSocket } from 'ws'
import { z } from 'zod'
import type { SimClock, SimTimer } from '../clock.ts'
import { Fifo } from '../fifo.ts'
import { closeReasons } from './close-codes.ts'
import type { CloseCode } from './close-codes.ts'
import { FrameWriter } from './frame-writer.ts'
import type { Compression } from './frame-writer.ts'
import { matchesShard } from './gateway-faults.ts'
import type { GatewayFaults } from './gateway-faults.ts'
import type { GatewaySession, SessionSink } from './gateway-session.ts'
import type { SentDispatch } from './replay-ring.ts'

/**
 * What becomes of a client that misses its heartbeats. Discord documents both: `resume` ("your connection will
 * be closed and you will be forced to Resume", Gateway, "Heartbeat Interval") and `start-anew` (4009, "Your
 * session timed out. Reconnect and start a new one", Gateway Close Event Codes).
 */
export type MissedHeartbeats = 'resume' | 'start-anew'

/** What a client may ask of the gateway, and for what it may change (its voice state). */
export type RequestOpcode =
  | GatewayOpcodes.RequestGuildMembers
  | GatewayOpcodes.RequestSoundboardSounds
  | GatewayOpcodes.RequestChannelInfo
  | GatewayOpcodes.VoiceStateUpdate

/** What the connection asks of the gateway behind it. */
export interface GatewayPort {
  readonly clock: SimClock
  readonly faults: GatewayFaults
  readonly heartbeatIntervalMs: number
  readonly trimOnHeartbeat: boolean
  readonly missedHeartbeats: MissedHeartbeats
  /** A client that leaves more unread than this is dropped, bytes. */
  readonly backlogBytes: number
  /** Checks and counts an IDENTIFY; answers with leave to go on, a close code, or 'invalid-session' (op 9). */
  identify(data: unknown): Admission | CloseCode | 'invalid-session'
  resume(data: unknown): Admission | CloseCode | 'invalid-session'
  /** Answers op 8, 31 and 43. False where the request has not the right form. */
  answerRequest(op: RequestOpcode, session: GatewaySession, data: unknown): boolean
  endSession(session: GatewaySession): void
  /** `session` is the one that the socket carried until now. */
  closed(connection: GatewayConnection, code: number, session: GatewaySession | null): void
  tooSlow(): void
}

/** An IDENTIFY or RESUME that was found right. */
export interface Admission {
  shard: { shardId: number; shardCount: number }
  how: 'identify' | 'resume'
  /** Takes the session, once: READY and the guilds or the replay follow. False where it is gone meanwhile. */
  enter(connection: GatewayConnection): boolean
}

/**
 * Real time between the upgrade and HELLO. Discord's proxy answers the upgrade before the gateway behind it speaks, so
 * the two never come in one packet, and clients exist that overlook what comes in one packet with the upgrade (Seyfert).
 */
const helloDelayMs = 2
const maxPayloadBytes = 4_096
const maxSends = 120
const sendWindowMs = 60_000
/** "A few seconds after the reconnect event is dispatched, the connection may be closed by the server." */
const closeAfterReconnectMs = 5_000

const frameSchema = z.object({ op: z.number().int(), d: z.unknown() })

/** One socket: the protocol of HELLO, heartbeats, IDENTIFY and RESUME. */
export class GatewayConnection implements SessionSink {
  readonly #socket: WebSocket
  readonly #port: GatewayPort
  readonly #writer: FrameWriter
  readonly #sendTimes: number[] = []
  #session: GatewaySession | null = null
  /** Taken, and not answered yet. */
  #admitted: Admission | null = null
  #helloTimer: NodeJS.Timeout | null = null
  #heartbeatWatch: SimTimer | null = null
  #lastHeartbeatAt: number
  #closedWith: number | null = null
  /** Frames that a fault holds back. */
  readonly #held = new Fifo<{ json: string; dueAt: number }>()
  #heldBytes = 0
  #flushTimer: SimTimer | null = null
  #goodbye: SimTimer | null = null

  readonly apiVersion: number

  constructor(socket: WebSocket, port: GatewayPort, options: { compression: Compression; version: string }) {
    this.#socket = socket
    this.#port = port
    this.apiVersion = Number(options.version)
    this.#writer = new FrameWriter(socket, options.compression)
    this.#lastHeartbeatAt = port.clock.now()
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary))
    socket.on('close', (code) => this.#onClose(code))
    socket.on('error', () => socket.terminate())
    if (options.version !== '10' && options.version !== '9') {
      this.close(4012)
      return
    }
    this.#helloTimer = setTimeout(() => this.#greet(), helloDelayMs)
    this.#heartbeatWatch = port.clock.every(port.heartbeatIntervalMs, () => this.#checkHeartbeat())
  }

  #greet(): void {
    if (this.#port.faults.takeReconnectInsteadOfHello()) {
      this.ask(GatewayOpcodes.Reconnect, null)
      this.closeSoon()
      return
    }
    const d = { heartbeat_interval: this.#port.heartbeatIntervalMs, _trace: [] }
    this.#write({ op: GatewayOpcodes.Hello, d })
  }

  get session(): GatewaySession | null {
    return this.#session
  }

  get backlog(): number {
    return this.#writer.backlog + this.#heldBytes
  }

  writeDispatch(entry: SentDispatch): void {
    this.#send(`{"t":"${entry.name}","s":${entry.seq},"op":0,"d":${entry.payloadJson}}`)
  }

  /** op 7, op 9 and op 1 from the server's side. */
  ask(
    op: GatewayOpcodes.Reconnect | GatewayOpcodes.InvalidSession | GatewayOpcodes.Heartbeat,
    d: boolean | null,
  ): void {
    this.#write({ op, d })
  }

  close(code: CloseCode): void {
    this.closeWith(code, closeReasons[code])
  }

  closeWith(code: number, reason = ''): void {
    this.#closedWith = code
    this.#writer.whenWritten(() => this.#socket.close(code, reason))
  }

  /** Closes a client that does not follow op 7 by itself. */
  closeSoon(): void {
    this.#goodbye ??= this.#port.clock.after(closeAfterReconnectMs, () => this.close(4000))
  }

  /** Cuts the TCP connection without a close frame. */
  drop(): void {
    this.#socket.terminate()
  }

  /** Follows the session's stream from now on. */
  attach(session: GatewaySession): void {
    this.#session = session
    session.attach(this)
  }

  /** Is the session's socket, but gets what it missed before it follows the stream. */
  reserve(session: GatewaySession): void {
    this.#session = session
  }

  /** Leaves the session to another socket of the same client. */
  abandonSession(): void {
    this.#session = null
  }

  #write(frame: { op: number; d: unknown }): void {
    this.#send(JSON.stringify({ t: null, s: null, ...frame }))
  }

  #send(json: string): void {
    if (this.#held.length === 0 && !this.#isSilent && this.#port.faults.delayMs === 0) {
      this.#writer.write(json)
    } else {
      this.#held.push({ json, dueAt: this.#port.clock.now() + this.#port.faults.delayMs })
      this.#heldBytes += json.length
      this.flushHeld()
    }
    if (this.backlog > this.#port.backlogBytes && this.#socket.readyState === this.#socket.OPEN) {
      this.#port.tooSlow()
      this.drop()
    }
  }

  get #isSilent(): boolean {
    const { silent } = this.#port.faults
    return silent !== null && matchesShard(silent, this.#session)
  }

  /**
   * Writes the frames that silence or slowness held back and that are due, in their order: a stream
   * never has a gap, as TCP would not have one.
   */
  flushHeld(): void {
    this.#flushTimer?.cancel()
    this.#flushTimer = null
    const { clock } = this.#port
    let next = this.#held.oldest
    while (next && !this.#isSilent && next.dueAt <= clock.now()) {
      this.#held.take()
      this.#heldBytes -= next.json.length
      this.#writer.write(next.json)
      next = this.#held.oldest
    }
    if (next && !this.#isSilent)
      this.#flushTimer = clock.after(next.dueAt - clock.now(), () => this.flushHeld())
  }

  #receive(data: RawData, isBinary: boolean): void {
    const raw = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)
    if (raw.length > maxPayloadBytes || isBinary) return this.close(4002)
    if (this.#exceedsSendLimit()) return this.close(4008)
    let frame: z.infer<typeof frameSchema>
    try {
      frame = frameSchema.parse(JSON.parse(raw.toString('utf8')))
    } catch {
      return this.close(4002)
    }
    this.#handle(frame.op, frame.d)
  }

  #handle(op: number, data: unknown): void {
    // Numbers from outside: an opcode that clients may not send, or that is none, is 4001.
    switch (op) {
      case GatewayOpcodes.Heartbeat:
        return this.#heartbeat(data)
      case GatewayOpcodes.Identify:
        return this.#isKnown ? this.close(4005) : this.#start(this.#port.identify(data), data)
      case GatewayOpcodes.Resume:
        return this.#isKnown ? this.close(4005) : this.#start(this.#port.resume(data), data)
      case GatewayOpcodes.RequestGuildMembers:
      case GatewayOpcodes.RequestSoundboardSounds:
      case GatewayOpcodes.RequestChannelInfo:
      case GatewayOpcodes.VoiceStateUpdate:
        if (!this.#session) return this.close(4003)
        if (!this.#port.answerRequest(op, this.#session, data)) this.close(4002)
        return
      case GatewayOpcodes.PresenceUpdate:
        if (!this.#session) return this.close(4003)
        if (typeof data !== 'object' || data === null) this.close(4002)
        return
      default:
        return this.close(4001)
    }
  }

  get #isKnown(): boolean {
    return this.#session !== null || this.#admitted !== null
  }

  #start(outcome: Admission | CloseCode | 'invalid-session', data: unknown): void {
    if (outcome === 'invalid-session') return this.#write({ op: GatewayOpcodes.InvalidSession, d: false })
    if (typeof outcome === 'number') return this.close(outcome)
    if (outcome.how === 'identify' && wantsPayloadCompression(data)) this.#writer.compressPayloads()
    this.#admitted = outcome
    this.proceed()
  }

  /** Goes on with an IDENTIFY or RESUME that was taken, unless a fault withholds the answer. */
  proceed(): void {
    const { withheld } = this.#port.faults
    const admitted = this.#admitted
    if (!admitted) return
    const isWithheld = withheld && (admitted.how === 'identify' || withheld.resumes)
    if (isWithheld && matchesShard(withheld, admitted.shard)) return
    this.#admitted = null
    if (!admitted.enter(this)) this.#write({ op: GatewayOpcodes.InvalidSession, d: false })
  }

  #heartbeat(data: unknown): void {
    this.#lastHeartbeatAt = this.#port.clock.now()
    const session = this.#session
    if (session && typeof data === 'number') {
      session.acknowledgedSeq = Math.max(session.acknowledgedSeq, data)
      if (this.#port.trimOnHeartbeat) session.ring.trimTo(data)
    }
    this.#write({ op: GatewayOpcodes.HeartbeatAck, d: null })
  }

  #checkHeartbeat(): void {
    const silentMs = this.#port.clock.now() - this.#lastHeartbeatAt
    if (silentMs <= this.#port.heartbeatIntervalMs * 1.5) return
    if (this.#port.missedHeartbeats === 'resume') return this.close(4000)
    if (this.#session) this.#port.endSession(this.#session)
    this.close(4009)
  }

  #exceedsSendLimit(): boolean {
    const now = this.#port.clock.now()
    while (this.#sendTimes[0] !== undefined && now - this.#sendTimes[0] > sendWindowMs)
      this.#sendTimes.shift()
    this.#sendTimes.push(now)
    return this.#sendTimes.length > maxSends
  }

  /** 1000 and 1001 from the client end the session; anything else leaves it to be resumed. */
  #onClose(code: number): void {
    if (this.#helloTimer) clearTimeout(this.#helloTimer)
    this.#heartbeatWatch?.cancel()
    this.#flushTimer?.cancel()
    this.#goodbye?.cancel()
    this.#held.clear()
    this.#heldBytes = 0
    this.#admitted = null
    this.#writer.dispose()
    const session = this.#session
    this.#session = null
    if (session) {
      const endedByClient = this.#closedWith === null && (code === 1000 || code === 1001)
      if (endedByClient) this.#port.endSession(session)
      else session.detach(this)
    }
    this.#port.closed(this, this.#closedWith ?? code, session)
  }
}

function wantsPayloadCompression(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'compress' in data && data.compress === true
}
