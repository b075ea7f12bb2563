import type {
  GatewayId,
  GuildId,
  Incarnation,
  ParkedChanges,
  ShardLease,
  ShardSession,
} from '@guildmesh/contracts'
import type { GuildStore } from '@guildmesh/guild-store'
import { isFailure, MeshError, shardOf } from '@guildmesh/contracts'
import { systemTimers } from '@guildmesh/runtime'
import type { LaneLoss } from '../delivery/held-event.ts'
import { ShardDelivery } from '../delivery/shard-delivery.ts'
import { KeeperFetch } from '../delivery/keeper-fetch.ts'
import type { KeepersPort } from '../delivery/keepers-port.ts'
import type { DeliveryPorts } from '../delivery/delivery-ports.ts'
import { ParkedMarks } from '../delivery/parked-marks.ts'
import type { ParkingSpace } from '../delivery/parking-space.ts'
import { type KnownSession, SessionProgress } from '../delivery/session-progress.ts'
import { describeReport } from './describe-report.ts'
import { GapReporter } from './gap-reporter.ts'
import { intents } from './intents.ts'
import { PermitSource } from './permit-source.ts'
import { resumePoint } from './resume-point.ts'
import { ShardConnection } from './shard-connection.ts'
import { ShardRecord } from './shard-record.ts'
import type { ShardPorts } from './shard-ports.ts'
import type { ShardMetrics } from './shard-metrics.ts'
import type { SessionEndReason } from './shard-state.ts'
import type { OpenShardSocket } from './shard-socket.ts'

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
  readonly window: { readonly events: number; readonly size: number }
  readonly parking: ShardParking
  readonly metrics: ShardMetrics
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

const permitRetryMs = 2000

/** One leased shard: its connection, its lanes, and what is stored for a successor. */
export class HeldShard {
  readonly lease: ShardLease
  readonly #options: HeldShardOptions
  readonly #connection: ShardConnection
  readonly #delivery: ShardDelivery
  readonly #record: ShardRecord
  readonly #gaps: GapReporter
  readonly #permits: PermitSource
  readonly #marks: ParkedMarks
  readonly #fetch: KeeperFetch
  readonly #progress: SessionProgress
  #ending: Promise<void> | null = null
  #sessionBegun: () => void = () => {}

  constructor(options: HeldShardOptions) {
    const { lease, self, delivery, metrics, parking, ports } = options
    const { shardId } = lease
    const { parked, sessions } = parking.volume
    this.lease = lease
    this.#options = options
    this.#marks = new ParkedMarks(self.gatewayId)
    const point = resumePoint(self.gatewayId, lease, {
      session: sessions.find(shardId),
      parked: parked.spans(shardId),
    })
    for (const { guildId, after } of point.drop) parked.forgetAfter(shardId, guildId, after)
    for (const guildId of point.vanished) this.#marks.goneHere(guildId)
    this.#progress = new SessionProgress(point.session)
    this.#record = new ShardRecord({
      claim: () => this.#holder(),
      checkpoint: ports.checkpoint,
      lease: ports.lease,
      sessions,
      marks: this.#marks,
      session: () => this.#progress.checkpoint,
      onStored: (session, changes) => this.#noteStored(session, changes),
      onLost: options.onLost,
      clock: delivery.clock,
      log: delivery.log,
      metrics,
    })
    this.#permits = new PermitSource({
      claim: () => this.#holder(),
      identify: ports.identify,
      maxConcurrency: options.discord.maxConcurrency,
      shardCount: lease.shardCount,
      meshNowMs: options.meshNowMs,
      usedGeneration: point.session?.generation ?? lease.endedGeneration,
      clock: delivery.clock,
      log: delivery.log,
      metrics,
    })
    this.#gaps = new GapReporter({
      record: (loss) => {
        const { gatewayId, incarnation } = self
        return ports.gapLedger.record({ gatewayId, incarnation: incarnation(), shardId, ...loss })
      },
      onFailure: (loss, error) =>
        delivery.log.warn(
          { event: 'data-loss-not-recorded', shardId, ...loss, err: error },
          'could not write a data loss to the gap ledger yet; retrying',
        ),
    })
    this.#delivery = new ShardDelivery({
      ...delivery,
      shard: {
        shardId,
        shardCount: lease.shardCount,
        shardEpoch: lease.epoch,
        holder: { gatewayId: self.gatewayId, incarnation: self.incarnation() },
      },
      progress: this.#progress,
      limit: options.window,
      parking: { disk: parked, space: parking.space, marks: this.#marks, inherited: point.inherited },
      timers: systemTimers,
      onCheckpointChanged: () => this.#record.changed(),
      onLoss: (guildId, loss) => this.#noteLoss(guildId, loss),
      onPressure: (full) => this.#press(full),
    })
    this.#connection = new ShardConnection({
      shard: [shardId, lease.shardCount],
      token: options.discord.token,
      intents,
      mainUrl: options.discord.discordGatewayUrl,
      session: point.session,
      clock: delivery.clock,
      openSocket: options.openSocket,
      mayConnect: options.mayConnect,
      requestPermit: () => this.#permits.request(),
      permitRetryMs: (error) => this.#permitRetry(error),
      resumeSeq: () => this.#progress.resumeSeq,
      onDispatch: (dispatch) => this.#delivery.receive(dispatch),
      onSession: (session, seq, guildIds) => this.#begin(session, seq, guildIds),
      onSessionEnded: (session, received, reason) => this.#end(session, received, reason),
      onRefused: (message) => delivery.log.error({ shardId }, message),
      onReport: (report) => {
        const { event, ...facts } = report
        metrics.report(shardId, report)
        if (event === 'duplicate') return
        if (event === 'live') this.#permits.keep()
        const level = event === 'session-lost' || event === 'odd-frame' ? 'warn' : 'info'
        delivery.log[level]({ event: `shard-${event}`, shardId, ...facts }, describeReport(report))
      },
    })
    this.#fetch = new KeeperFetch({
      claim: { shardId, shardEpoch: lease.epoch },
      keepers: parking.keepers,
      lanes: lease.parked.filter(({ keeper }) => keeper !== self.gatewayId),
      disk: parked,
      clock: delivery.clock,
      log: delivery.log,
      onCopied: (keeper, copied, complete) => {
        this.#delivery.fetched(complete)
        for (const guildId of copied) this.#marks.gone(guildId, keeper)
        this.#record.changed()
      },
    })
  }

  start(): void {
    this.#connection.start()
    this.#record.changed()
  }

  /** Whether it is on its way out, so that nothing more is begun with it. */
  get ending(): boolean {
    return this.#ending !== null
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

  reroute(guildId: GuildId | null): void {
    this.#delivery.reroute(guildId)
  }

  report(): void {
    this.#delivery.report()
  }

  /** The lease is lost: nothing more is sent or stored. What is not durable will be replayed to the next holder. */
  async drop(): Promise<void> {
    this.#ending ??= (async () => {
      this.#delivery.close()
      this.#permits.stop()
      await Promise.all([this.#connection.stop(), this.#record.stop(), this.#gaps.stop(), this.#fetch.stop()])
    })()
    await this.#ending
  }

  /**
   * Leaves the socket with its session alive, lets what was received settle, and gives the lease back with the seq to
   * resume from.
   * @param signal aborts the settling; what is not durable by then is replayed to the next holder
   */
  async handOver(signal: AbortSignal): Promise<void> {
    this.#ending ??= (async () => {
      await this.#untilSession(signal)
      this.#permits.stop()
      await Promise.all([this.#connection.stop(), this.#fetch.stop()])
      await this.#delivery.settle(signal)
      this.#delivery.close()
      await this.#record.stop()
      await this.#gaps.stop()
      await this.#record.release(this.#permits.reserved)
    })()
    await this.#ending
  }

  /** A session that was asked for and is not there yet would be lost with its first events: wait for its READY. */
  async #untilSession(signal: AbortSignal): Promise<void> {
    const { phase } = this.#connection.state
    const isStarting = phase.name === 'connecting' && phase.step === 'asked' && !this.#progress.session
    if (!isStarting || signal.aborted) return
    await new Promise<void>((resolve) => {
      this.#sessionBegun = resolve
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  #holder() {
    const { lease, self } = this.#options
    return {
      gatewayId: self.gatewayId,
      incarnation: self.incarnation(),
      shardId: lease.shardId,
      epoch: lease.epoch,
    }
  }

  #noteStored(session: ShardSession | null, changes: ParkedChanges | null): void {
    if (session) this.#progress.stored(session)
    const { keepers } = this.#options.parking
    const { shardId, epoch } = this.lease
    // Only now: until it was stored that they lie here, another holder would look for them at their keeper.
    for (const keeper of new Set(changes?.gone.map((lane) => lane.keeper))) {
      if (keeper === this.#options.self.gatewayId) continue
      keepers.forget(keeper, { shardId, shardEpoch: epoch }).catch((error: unknown) => {
        const { log } = this.#options.delivery
        log.debug({ shardId, keeper, err: error }, 'a keeper could not be told that its events were fetched')
      })
    }
  }

  #begin(session: KnownSession, seq: number, guildIds: readonly string[] | null): void {
    const { generation } = session
    this.#progress.begin(session, seq)
    if (guildIds) {
      const there = new Set(guildIds)
      for (const guildId of this.#guilds()) {
        if (!there.has(guildId)) this.#delivery.left(guildId, { generation, seq })
      }
    }
    this.#sessionBegun()
    this.#record.now()
  }

  /** What is held of the session goes on to its owners, before anything of the next one: they share the lanes. */
  #end({ generation }: KnownSession, received: number, reason: SessionEndReason): void {
    this.#progress.end()
    this.#options.metrics.dataLoss(this.lease.shardId, 'session')
    this.#gaps.report({
      guildId: null,
      after: { generation, seq: received },
      before: null,
      reason,
      guilds: this.#guilds().length,
      undelivered: this.#delivery.undelivered,
    })
    this.#record.now()
  }

  #noteLoss(guildId: GuildId, loss: LaneLoss): void {
    const { after, before } = loss
    this.#options.delivery.log.error(
      { event: 'data-loss', guildId, shardId: this.lease.shardId, ...loss },
      'data loss: the owner lacks events that no gateway holds any more; the lane goes on after them',
    )
    this.#options.metrics.dataLoss(this.lease.shardId, 'lane')
    this.#gaps.report({
      guildId,
      after: after ?? { generation: before.generation, seq: 0 },
      before,
      reason: 'not-held',
      guilds: 1,
      undelivered: this.#delivery.undelivered,
    })
  }

  /** Guilds of this shard that have an owner. */
  #guilds(): GuildId[] {
    const { shardId, shardCount } = this.lease
    return this.#options.knownGuilds().filter((guildId) => shardOf(guildId, shardCount) === shardId)
  }

  #press(full: boolean): void {
    const { shardId } = this.lease
    if (full) {
      this.#options.delivery.log.warn(
        { shardId },
        'too many events wait for their owners: reading from Discord pauses',
      )
      this.#connection.pause()
    } else {
      this.#options.delivery.log.info({ shardId }, 'reading from Discord goes on')
      this.#connection.resume()
    }
  }

  #permitRetry(error: unknown): number {
    const { shardId } = this.lease
    this.#options.delivery.log.warn({ shardId, err: error }, 'IDENTIFY permit not granted yet')
    if (isFailure(error, 'StaleEpoch')) this.#options.onLost()
    const failure = error instanceof MeshError ? error.failure : null
    const afterMs = failure && 'retryAfterMs' in failure ? failure.retryAfterMs : permitRetryMs
    // A minute at the most, so that a budget that was raised is noticed.
    return Math.min(60_000, Math.max(250, afterMs))
  }
}

export interface HeldShardView {
  readonly shardId: number
  readonly phase: string
  readonly refusal: string | null
  readonly seq: number | null
  readonly lastAckAtMs: number | null
  readonly lastDispatchAtMs: number | null
  readonly beatIntervalMs: number | null
  readonly paused: boolean
  readonly unacked: number
}
