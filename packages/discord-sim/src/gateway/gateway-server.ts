import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { GatewayOpcodes } from 'discord-api-types/v10'
import { WebSocketServer } from 'ws'
import { z } from 'zod'
import type { GuildState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import type { CloseCode } from './close-codes.ts'
import { answerChannelInfo, answerSoundboardSounds } from './channel-requests.ts'
import { GatewayConnection } from './gateway-connection.ts'
import type { Admission, GatewayPort, MissedHeartbeats, RequestOpcode } from './gateway-connection.ts'
import { GatewayFaults, matchesShard } from './gateway-faults.ts'
import type { ShardFilter } from './gateway-faults.ts'
import type { GatewayHub } from './gateway-hub.ts'
import type { GatewaySession } from './gateway-session.ts'
import type { IdentifyBudget } from './identify-budget.ts'
import { knownIntents } from './intents.ts'
import { MemberChunks } from './member-chunks.ts'
import { Pumps } from './pumps.ts'
import { Replay } from './replay.ts'
import { moveBot } from './voice-requests.ts'

const identifySchema = z.object({
  token: z.string(),
  intents: z.number(),
  properties: z.record(z.string(), z.unknown()),
  shard: z.tuple([z.number().int(), z.number().int()]).optional(),
  compress: z.boolean().optional(),
  large_threshold: z.number().int().min(50).max(250).optional(),
  presence: z.unknown().optional(),
})
const resumeSchema = z.object({
  token: z.string(),
  session_id: z.string(),
  seq: z.number().int().nonnegative(),
})

const maxGuildsPerShard = 2_500

export interface GatewayOptions {
  heartbeatIntervalMs: number
  /** Forget dispatches that the heartbeat's seq has passed. */
  trimOnHeartbeat: boolean
  missedHeartbeats: MissedHeartbeats
  /** A client that leaves more unread than this is dropped, bytes. */
  backlogBytes: number
}

/** The gateway's front: sockets, IDENTIFY and RESUME checks, and the faults that concern sockets. */
export class GatewayServer implements GatewayPort {
  readonly faults = new GatewayFaults()
  readonly clock
  readonly heartbeatIntervalMs: number
  readonly trimOnHeartbeat: boolean
  missedHeartbeats: MissedHeartbeats
  backlogBytes: number
  readonly #pumps = new Pumps()
  readonly #world: World
  readonly #hub: GatewayHub
  readonly #budget: IdentifyBudget
  readonly #members: MemberChunks
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: 1_000_000, perMessageDeflate: false })
  readonly #connections = new Set<GatewayConnection>()
  readonly #resetToken: () => void
  /** Set once the second listener has its port. */
  resumeUrl = ''

  constructor(
    world: World,
    hub: GatewayHub,
    budget: IdentifyBudget,
    options: GatewayOptions,
    resetToken: () => void,
  ) {
    this.#world = world
    this.#hub = hub
    this.#budget = budget
    this.#members = new MemberChunks(world, hub)
    this.#resetToken = resetToken
    this.clock = world.clock
    this.heartbeatIntervalMs = options.heartbeatIntervalMs
    this.trimOnHeartbeat = options.trimOnHeartbeat
    this.missedHeartbeats = options.missedHeartbeats
    this.backlogBytes = options.backlogBytes
  }

  /** Takes over an HTTP upgrade. Encodings that are not simulated are refused with 400. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const query = new URL(request.url ?? '/', 'http://gateway').searchParams
    const compress = query.get('compress')
    if ((query.get('encoding') ?? 'json') !== 'json' || (compress !== null && compress !== 'zlib-stream')) {
      socket.end(
        'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\nonly encoding=json, compress=zlib-stream\r\n',
      )
      return
    }
    this.#sockets.handleUpgrade(request, socket, head, (ws) => {
      this.#connections.add(
        new GatewayConnection(ws, this, {
          compression: compress === 'zlib-stream' ? 'zlib-stream' : 'none',
          version: query.get('v') ?? '10',
        }),
      )
    })
  }

  identify(data: unknown): Admission | CloseCode | 'invalid-session' {
    const parsed = identifySchema.safeParse(data)
    if (!parsed.success) return 4002
    const { token, intents } = parsed.data
    const [shardId, shardCount] = parsed.data.shard ?? [0, 1]
    const refused = this.#refusal(token, intents, shardId, shardCount)
    if (refused !== null) return refused
    if (this.faults.refuseIdentifies > 0) {
      this.faults.refuseIdentifies -= 1
      return this.#refusedIdentify()
    }
    const verdict = this.#budget.take(shardId)
    if (verdict === 'concurrency') return this.#refusedIdentify()
    if (verdict === 'exhausted') {
      this.#punishExhaustedBudget()
      return 4004
    }
    this.#hub.counters.identified(`${shardId}/${shardCount}`)
    return {
      how: 'identify',
      shard: { shardId, shardCount },
      enter: (connection) => {
        this.#startSession(connection, { shardId, shardCount, intents })
        return true
      },
    }
  }

  #startSession(
    connection: GatewayConnection,
    shape: { shardId: number; shardCount: number; intents: number },
  ): void {
    const session = this.#hub.open({ ...shape, apiVersion: connection.apiVersion })
    connection.attach(session)
    const guilds = this.#hub.guildsOfShard(session.shardId, session.shardCount)
    this.#hub.dispatchTo(session, 'READY', this.#ready(session, guilds))
    this.#closeAfter('READY', connection)
    this.#hub.sendSnapshots(session, guilds)
  }

  #closeAfter(event: 'READY' | 'RESUMED', connection: GatewayConnection): void {
    const closing = this.faults.takeClosing(event)
    if (!closing) return
    if (closing.code === null) connection.drop()
    else connection.closeWith(closing.code)
  }

  #refusedIdentify(): 'invalid-session' {
    this.#hub.counters.refusedIdentify()
    return 'invalid-session'
  }

  #refusal(token: string, intents: number, shardId: number, shardCount: number): CloseCode | null {
    if (!this.#isToken(token)) return 4004
    if (shardCount < 1 || shardId < 0 || shardId >= shardCount) return 4010
    if (!Number.isSafeInteger(intents) || intents < 0 || (intents & ~knownIntents) !== 0) return 4013
    const { privilegedIntents } = this.#world.app
    if ((intents & (1 << 1)) !== 0 && !privilegedIntents.members) return 4014
    if ((intents & (1 << 8)) !== 0 && !privilegedIntents.presences) return 4014
    if ((intents & (1 << 15)) !== 0 && !privilegedIntents.messageContent) return 4014
    if (this.#hub.guildsOfShard(shardId, shardCount).length > maxGuildsPerShard) return 4011
    return null
  }

  /** Discord's answer to too many IDENTIFYs: every session ends and the token is reset. */
  #punishExhaustedBudget(): void {
    this.#resetToken()
    for (const connection of this.#connections) {
      if (connection.session) this.#hub.end(connection.session)
      connection.close(4004)
    }
    for (const session of this.#hub.sessions) this.#hub.end(session)
  }

  resume(data: unknown): Admission | CloseCode | 'invalid-session' {
    const parsed = resumeSchema.safeParse(data)
    if (!parsed.success) return 4002
    if (!this.#isToken(parsed.data.token)) return 4004
    const session = this.#hub.find(parsed.data.session_id)
    if (this.faults.refuseResumes > 0) {
      this.faults.refuseResumes -= 1
      if (session) this.#hub.end(session)
      return this.#refusedResume()
    }
    if (!session) return this.#refusedResume()
    if (parsed.data.seq > session.seq) {
      this.#hub.end(session)
      return 4007
    }
    if (session.ring.after(parsed.data.seq, this.clock.now()) === null) {
      this.#hub.end(session)
      return this.#refusedResume()
    }
    const { seq } = parsed.data
    return {
      how: 'resume',
      shard: session,
      enter: (connection) => this.#resumeSession(connection, session, seq),
    }
  }

  #resumeSession(connection: GatewayConnection, session: GatewaySession, seq: number): boolean {
    if (this.#hub.find(session.id) !== session) {
      this.#refusedResume()
      return false
    }
    this.#takeOver(session, connection)
    session.acknowledgedSeq = Math.max(session.acknowledgedSeq, seq)
    const replay = new Replay(this.#hub, connection, session, seq, this.faults.takeBrokenReplay())
    this.#pumps.run(() =>
      replay.turn(this.clock.now(), () => {
        this.#hub.counters.resumed(`${session.shardId}/${session.shardCount}`)
        this.#hub.dispatchTo(session, 'RESUMED', { _trace: [] })
        this.#closeAfter('RESUMED', connection)
      }),
    )
    return true
  }

  #refusedResume(): 'invalid-session' {
    this.#hub.counters.refusedResume()
    return 'invalid-session'
  }

  #isToken(token: string): boolean {
    return token === this.#world.app.token || token === `Bot ${this.#world.app.token}`
  }

  /** An older socket of the session may still be open: it loses the session and is closed. */
  #takeOver(session: GatewaySession, connection: GatewayConnection): void {
    for (const other of this.#connections) {
      if (other === connection || other.session !== session) continue
      session.detach(other)
      other.abandonSession()
      other.closeWith(4000, 'Session resumed elsewhere.')
    }
  }

  #ready(session: GatewaySession, guilds: GuildState[]) {
    return {
      v: session.apiVersion,
      user: { ...this.#world.user(this.#world.app.botId), verified: true, mfa_enabled: true, email: null },
      guilds: guilds.map((guild) => ({ id: guild.id, unavailable: true })),
      session_id: session.id,
      session_type: 'normal',
      resume_gateway_url: this.resumeUrl,
      shard: [session.shardId, session.shardCount] as [number, number],
      application: {
        id: this.#world.app.id,
        flags: applicationFlags(this.#world),
        flags_new: String(applicationFlags(this.#world)),
      },
      private_channels: [],
      relationships: [],
      presences: [],
      _trace: [],
    }
  }

  answerRequest(op: RequestOpcode, session: GatewaySession, data: unknown): boolean {
    switch (op) {
      case GatewayOpcodes.RequestGuildMembers:
        return this.#members.answer(session, data)
      case GatewayOpcodes.RequestSoundboardSounds:
        return answerSoundboardSounds(this.#world, this.#hub, session, data)
      case GatewayOpcodes.RequestChannelInfo:
        return answerChannelInfo(this.#world, this.#hub, session, data)
      case GatewayOpcodes.VoiceStateUpdate:
        return moveBot(this.#world, session, data)
      default:
        return op satisfies never
    }
  }

  endSession(session: GatewaySession): void {
    this.#hub.end(session)
  }

  tooSlow(): void {
    this.#hub.counters.slowReaders += 1
  }

  closed(connection: GatewayConnection, code: number, session: GatewaySession | null): void {
    this.#connections.delete(connection)
    this.#hub.counters.closed(code, session ? `${session.shardId}/${session.shardCount}` : null)
  }

  /** Open sockets that the filter names; without one, all. */
  connections(filter: ShardFilter = {}): GatewayConnection[] {
    return [...this.#connections].filter((connection) => matchesShard(filter, connection.session))
  }

  /** Changes standing faults and lets go of what they held back. */
  setFaults(change: (faults: GatewayFaults) => void): void {
    change(this.faults)
    for (const connection of this.#connections) {
      connection.flushHeld()
      connection.proceed()
    }
  }

  /** op 7 on the named shards: clients should RESUME. */
  askToReconnect(filter: ShardFilter = {}, thenClose = false): number {
    const asked = this.connections(filter)
    for (const connection of asked) {
      connection.ask(GatewayOpcodes.Reconnect, null)
      if (thenClose) connection.closeSoon()
    }
    return asked.length
  }

  /** op 1 on the named shards. */
  requestHeartbeat(filter: ShardFilter = {}): number {
    const asked = this.connections(filter)
    for (const connection of asked) connection.ask(GatewayOpcodes.Heartbeat, null)
    return asked.length
  }

  /** op 9; not resumable also ends the session. */
  invalidateSessions(filter: ShardFilter, resumable: boolean): number {
    const asked = this.connections(filter)
    for (const connection of asked) {
      const session = connection.session
      connection.ask(GatewayOpcodes.InvalidSession, resumable)
      if (!session) continue
      session.detach(connection)
      connection.abandonSession()
      if (!resumable) this.#hub.end(session)
    }
    return asked.length
  }

  dispose(): void {
    this.#pumps.dispose()
    for (const connection of this.#connections) connection.drop()
    this.#sockets.close()
  }
}

/** The limited-intent flags: what a bot in fewer than 100 guilds shows. */
export function applicationFlags(world: World): number {
  const { privilegedIntents } = world.app
  return (
    (privilegedIntents.presences ? 1 << 13 : 0) |
    (privilegedIntents.members ? 1 << 15 : 0) |
    (privilegedIntents.messageContent ? 1 << 19 : 0)
  )
}
