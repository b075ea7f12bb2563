import type { GatewayId, GuildId, Incarnation, ShardLease } from '@guildmesh/contracts'
import { shardOf } from '@guildmesh/contracts'
import type { GuildStore } from '@guildmesh/guild-store'
import type { Timers } from '@guildmesh/runtime'
import type { DeliveryPorts } from '../delivery/delivery-ports.ts'
import { KeeperFetch } from '../delivery/keeper-fetch.ts'
import type { KeepersPort } from '../delivery/keepers-port.ts'
import { ParkedMarks } from '../delivery/parked-marks.ts'
import type { ParkingSpace } from '../delivery/parking-space.ts'
import { type KnownSession, SessionProgress } from '../delivery/session-progress.ts'
import { ShardDelivery } from '../delivery/shard-delivery.ts'
import { DataLosses } from './data-losses.ts'
import type { HeldShardView } from './held-shard-view.ts'
import { intents } from './intents.ts'
import { PermitSource } from './permit-source.ts'
import { describeReport } from './protocol/describe-report.ts'
import type { SessionEndReason, ShardReport } from './protocol/shard-state.ts'
import { releaseKeepers } from './release-keepers.ts'
import type { ResumePoint } from './resume-point.ts'
import { ShardConnection } from './shard-connection.ts'
import type { ShardMetrics } from './shard-metrics.ts'
import type { HolderClaim, ShardPorts } from './shard-ports.ts'
import { ShardRecord } from './shard-record.ts'
import type { OpenShardSocket } from './shard-socket.ts'
import { takeOverShard } from './take-over-shard.ts'

export interface HeldShardOptions {
  readonly lease: ShardLease
  readonly self: { readonly gatewayId: GatewayId; readonly incarnation: () => Incarnation }
  readonly ports: ShardPorts
  readonly discord: {
    readonly token: string
    readonly discordGatewayUrl: string
    readonly maxConcurrency: number
  }
  readonly openSocket: OpenShardSocket
  readonly delivery: DeliveryPorts
  /** Events, and size of their payloads, that may be in memory before reading from Discord pauses. */
  readonly memoryLimit: { readonly events: number; readonly size: number }
  readonly parking: ShardParking
  readonly metrics: ShardMetrics
  readonly timers: Timers
  /** Guilds of all shards that have an owner. */
  readonly knownGuilds: () => readonly GuildId[]
  /** Whether the lease lets this process start or take over a session now. */
  readonly mayConnect: () => boolean
  /** The time of the whole mesh, epoch milliseconds; `null` before the config API has told it. */
  readonly meshNowMs: () => number | null
  /** The config API says that the lease is another's. */
  readonly onLost: () => void
}

/** Where what a holder keeps of its shards lies, here and elsewhere. */
export interface ShardParking {
  readonly volume: GuildStore['shards']
  readonly space: ParkingSpace
  readonly keepers: KeepersPort
}

/** One leased shard: its connection, its lanes, and what is stored for a successor. */
export class HeldShard {
  readonly lease: ShardLease
  readonly #options: HeldShardOptions
  /** What the config API is to be told of parked lanes. */
  readonly #marks: ParkedMarks
  readonly #progress: SessionProgress
  readonly #record: ShardRecord
  readonly #permits: PermitSource
  readonly #losses: DataLosses
  readonly #delivery: ShardDelivery
  readonly #connection: ShardConnection
  readonly #fetch: KeeperFetch
  #ending: Promise<void> | null = null

  constructor(options: HeldShardOptions) {
    const { lease, self, parking } = options
    this.lease = lease
    this.#options = options
    this.#marks = new ParkedMarks(self.gatewayId)
    const point = takeOverShard(self.gatewayId, lease, parking.volume, this.#marks)
    this.#progress = new SessionProgress(point.session)
    this.#record = this.#createRecord()
    this.#permits = this.#createPermits(point)
    this.#losses = this.#createLosses()
    this.#delivery = this.#createDelivery(point)
    this.#connection = this.#createConnection(point)
    this.#fetch = this.#createFetch()
  }

  /** Connects to Discord, and fetches what earlier holders have parked. */
  start(): void {
    this.#connection.start()
    this.#fetch.start()
    this.#record.changed()
  }

  /** Routes have changed: of one guild, or of any. */
  reroute(guildId: GuildId | null): void {
    this.#delivery.reroute(guildId)
  }

  get view(): HeldShardView {
    const { phase, received, lastAckAtMs, lastDispatchAtMs, beat } = this.#connection.state
    return {
      shardId: this.lease.shardId,
      phase: phase.name,
      refusal: phase.name === 'refused' ? phase.message : null,
      seq: this.#progress.session ? received : null,
      lastAckAtMs,
      lastDispatchAtMs,
      beatIntervalMs: beat?.intervalMs ?? null,
      paused: this.#connection.paused,
      unacked: this.#delivery.unacked,
    }
  }

  /** Updates the figures of its lanes. */
  report(): void {
    this.#delivery.report()
  }

  /** Whether it is on its way out, so that nothing more is begun with it. */
  get ending(): boolean {
    return this.#ending !== null
  }

  /**
   * Leaves the socket with its session alive, lets what was received settle, and gives the lease back with the seq to
   * resume from.
   * @param signal aborts the settling; what is not durable by then is replayed to the next holder
   */
  handOver(signal: AbortSignal): Promise<void> {
    this.#ending ??= this.#handOver(signal)
    return this.#ending
  }

  async #handOver(signal: AbortSignal): Promise<void> {
    // A session that was asked for and is not there yet would be lost with its first events: its READY is waited for.
    const { phase } = this.#connection.state
    if (phase.name === 'connecting' && phase.step === 'asked') await this.#progress.untilBegun(signal)
    this.#permits.stop()
    await Promise.all([this.#connection.stop(), this.#fetch.stop()])
    await this.#delivery.settle(signal)
    this.#delivery.close()
    await this.#record.stop()
    await this.#losses.stop()
    await this.#record.release(this.#permits.reserved)
  }

  /** The lease is lost: nothing more is sent or stored. What is not durable will be replayed to the next holder. */
  drop(): Promise<void> {
    this.#ending ??= this.#drop()
    return this.#ending
  }

  async #drop(): Promise<void> {
    this.#delivery.close()
    this.#permits.stop()
    await Promise.all([this.#connection.stop(), this.#record.stop(), this.#losses.stop(), this.#fetch.stop()])
  }

  /** Discord has begun a session. A guild that it does not list any more was left meanwhile. */
  #beginSession(session: KnownSession, seq: number, guildIds: readonly string[] | null): void {
    const { generation } = session
    this.#progress.begin(session, seq)
    const listed = guildIds && new Set<string>(guildIds)
    for (const guildId of this.#ownedGuilds()) {
      if (listed && !listed.has(guildId)) this.#delivery.left(guildId, { generation, seq })
    }
    this.#record.now()
  }

  /** What is held of the session goes on to its owners, before anything of the next one: they share the lanes. */
  #endSession(session: KnownSession, received: number, reason: SessionEndReason): void {
    const { undelivered } = this.#delivery
    this.#progress.end()
    this.#losses.sessionEnded(session, received, { reason, guilds: this.#ownedGuilds().length, undelivered })
    this.#record.now()
  }

  /** Guilds of this shard that have an owner. */
  #ownedGuilds(): GuildId[] {
    const { shardId, shardCount } = this.lease
    return this.#options.knownGuilds().filter((guildId) => shardOf(guildId, shardCount) === shardId)
  }

  #report(report: ShardReport): void {
    const { metrics, delivery } = this.#options
    const { shardId } = this.lease
    const { event, ...facts } = report
    metrics.report(shardId, report)
    if (event === 'duplicate') return
    if (event === 'live') this.#permits.keep()
    const level = event === 'session-lost' || event === 'odd-frame' ? 'warn' : 'info'
    delivery.log[level]({ event: `shard-${event}`, shardId, ...facts }, describeReport(report))
  }

  #press(isFull: boolean): void {
    const { log } = this.#options.delivery
    const { shardId } = this.lease
    if (isFull) {
      log.warn(
        { event: 'reading-paused', shardId },
        'too many events wait for their owners: reading from Discord pauses',
      )
      this.#connection.pause()
    } else {
      log.info({ event: 'reading-resumed', shardId }, 'reading from Discord goes on')
      this.#connection.resume()
    }
  }

  readonly #claim = (): HolderClaim => {
    const { lease, self } = this.#options
    return {
      gatewayId: self.gatewayId,
      incarnation: self.incarnation(),
      shardId: lease.shardId,
      epoch: lease.epoch,
    }
  }

  #createRecord(): ShardRecord {
    const { ports, parking, delivery, metrics, timers, onLost } = this.#options
    return new ShardRecord({
      claim: this.#claim,
      checkpoint: ports.checkpoint,
      lease: ports.lease,
      sessions: parking.volume.sessions,
      progress: this.#progress,
      marks: this.#marks,
      onParkedStored: (parked) => releaseKeepers(parked, parking.keepers, this.#claim(), delivery.log),
      onLost,
      clock: delivery.clock,
      timers,
      log: delivery.log,
      metrics,
    })
  }

  #createPermits({ session }: ResumePoint): PermitSource {
    const { lease, ports, discord, delivery, metrics, timers, meshNowMs, onLost } = this.#options
    return new PermitSource({
      claim: this.#claim,
      identify: ports.identify,
      maxConcurrency: discord.maxConcurrency,
      shardCount: lease.shardCount,
      meshNowMs,
      usedGeneration: session?.generation ?? lease.endedGeneration,
      onLost,
      clock: delivery.clock,
      timers,
      log: delivery.log,
      metrics,
    })
  }

  #createLosses(): DataLosses {
    const { ports, delivery, metrics, timers } = this.#options
    return new DataLosses({
      claim: this.#claim,
      gapLedger: ports.gapLedger,
      timers,
      log: delivery.log,
      metrics,
    })
  }

  #createDelivery({ inherited }: ResumePoint): ShardDelivery {
    const { lease, self, delivery, memoryLimit, parking, timers } = this.#options
    const { shardId, shardCount, epoch } = lease
    const holder = { gatewayId: self.gatewayId, incarnation: self.incarnation() }
    return new ShardDelivery({
      ...delivery,
      shard: { shardId, shardCount, shardEpoch: epoch, holder },
      progress: this.#progress,
      limit: memoryLimit,
      parking: { disk: parking.volume.parked, space: parking.space, marks: this.#marks, inherited },
      timers,
      onCheckpointChanged: () => this.#record.changed(),
      onPressure: (isFull) => this.#press(isFull),
      onLoss: (guildId, loss) => this.#losses.laneLost(guildId, loss, this.#delivery.undelivered),
    })
  }

  #createConnection({ session }: ResumePoint): ShardConnection {
    const { lease, discord, delivery, openSocket, mayConnect, timers } = this.#options
    const { shardId, shardCount } = lease
    return new ShardConnection({
      shard: [shardId, shardCount],
      token: discord.token,
      intents,
      mainUrl: discord.discordGatewayUrl,
      session,
      clock: delivery.clock,
      timers,
      openSocket,
      mayConnect,
      permits: this.#permits,
      progress: this.#progress,
      delivery: this.#delivery,
      onSession: (begun, seq, guildIds) => this.#beginSession(begun, seq, guildIds),
      onSessionEnded: (ended, received, reason) => this.#endSession(ended, received, reason),
      onRefused: (message) => delivery.log.error({ event: 'shard-refused', shardId }, message),
      onReport: (report) => this.#report(report),
    })
  }

  #createFetch(): KeeperFetch {
    const { lease, self, parking, delivery } = this.#options
    return new KeeperFetch({
      claim: { shardId: lease.shardId, shardEpoch: lease.epoch },
      keepers: parking.keepers,
      lanes: lease.parked.filter(({ keeper }) => keeper !== self.gatewayId),
      disk: parking.volume.parked,
      clock: delivery.clock,
      log: delivery.log,
      onCopied: (keeper, copied, complete) => {
        this.#delivery.fetched(complete)
        for (const guildId of copied) this.#marks.gone(guildId, keeper)
        this.#record.changed()
      },
    })
  }
}
