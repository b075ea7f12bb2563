import {
  type GatewayId,
  type GuildId,
  type Incarnation,
  type LeaseTerms,
  MeshError,
  type ShardLease,
} from '@guildmesh/contracts'
import { afterRenewal, type Lease, leaseTiming, mayAct, noLease } from '@guildmesh/placement'
import { type MetricsPort, type Pause, sleep, Worker, type WorkerRun } from '@guildmesh/runtime'
import type { ShardClaim } from '../delivery/keepers-port.ts'
import type { DeliveryPorts } from '../delivery/delivery-ports.ts'
import type { DiscordGateway } from './discord-gateway.ts'
import { HeldShard, type HeldShardView, type ShardParking } from './held-shard.ts'
import { afterSample, meshNowMs, type ClockOffsetEstimate } from './clock-offset-estimate.ts'
import type { ShardPorts } from './shard-ports.ts'
import { shardMetrics } from './shard-metrics.ts'
import type { OpenShardSocket } from './shard-socket.ts'

export interface ShardHolderOptions {
  readonly self: { readonly gatewayId: GatewayId; readonly incarnation: () => Incarnation }
  readonly ports: ShardPorts
  readonly token: string
  readonly discord: DiscordGateway
  /** Discord's recommendation, or what the operator set. */
  readonly shardCount: number
  readonly openSocket: OpenShardSocket
  readonly delivery: DeliveryPorts
  readonly metrics: MetricsPort
  /** Guilds that have an owner in the mesh: if Discord does not list one, the bot has left it. */
  readonly knownGuilds?: () => readonly GuildId[]
  readonly parking: ShardParking
  /** Events and payload size that one shard may hold in memory before reading from Discord pauses. */
  readonly window?: { readonly events: number; readonly size: number }
  /** Called when shard 0 was leased to this gateway. */
  readonly onFirstShard?: () => void
}

const defaultWindow = { events: 20_000, size: 64 * 1024 * 1024 }
const acquireEveryMs = 1000
/** How long the config API may keep a question for shards open, milliseconds. */
const acquireWaitMs = 1500
/** How long events received before a hand-over may take to become durable; what is left is replayed. */
const handOverMs = 3000
/** How long a gateway that goes away offers its parked events; after that they wait for its next start. */
const fetchMs = 2000
const lookEveryMs = 50

/** Keeps this gateway's quota of the shards leased and connected. */
export class ShardHolder {
  readonly #options: ShardHolderOptions
  readonly #shards = new Map<number, HeldShard>()
  readonly #metrics
  readonly #endings = new Set<Promise<void>>()
  /** Latest lease that was held here, by shard. */
  readonly #epochs = new Map<number, number>()
  #lease: Lease = noLease
  #clockOffset: ClockOffsetEstimate | null = null
  #terms: LeaseTerms = leaseTiming
  #draining = false

  constructor(options: ShardHolderOptions) {
    this.#options = options
    this.#metrics = shardMetrics(options.metrics)
  }

  get views(): HeldShardView[] {
    return [...this.#shards.values()].map((shard) => shard.view)
  }

  /** Whether the leases let the holder act now, by the local monotonic clock. */
  mayHold(): boolean {
    return mayAct(this.#lease, this.#options.delivery.clock.monotonicMs())
  }

  /** Routes have changed: of one guild, or of any. */
  reroute(guildId: GuildId | null): void {
    for (const shard of this.#shards.values()) shard.reroute(guildId)
  }

  /** Renews and acquires until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const renewals = new Worker({ work: () => this.#keepRenewing() })
    const acquisitions = new Worker({ work: (run) => this.#keepAcquiring(run) })
    await Promise.all([renewals.run(signal), acquisitions.run(signal)])
  }

  /** @returns pause until the next renewal */
  async #keepRenewing(): Promise<number> {
    const { clock } = this.#options.delivery
    const startedAtMs = clock.monotonicMs()
    if (this.#shards.size > 0) await this.#renew()
    this.#report()
    return Math.max(10, this.#terms.renewEveryMs - (clock.monotonicMs() - startedAtMs))
  }

  /**
   * The config API answers as soon as there is a shard to take; if it cannot be reached, it is asked now and then.
   * @returns pause until the next question; `null`: none, because this gateway is going away
   */
  async #keepAcquiring({ signal }: WorkerRun): Promise<Pause> {
    if (this.#draining) return null
    const { clock } = this.#options.delivery
    const startedAtMs = clock.monotonicMs()
    const acquired = await this.#acquire(signal)
    const tookMs = clock.monotonicMs() - startedAtMs
    return acquired > 0 ? 0 : Math.max(0, acquireEveryMs - tookMs)
  }

  /**
   * Hands every shard over: sockets are left with their sessions alive, leases are given back, and whoever has them
   * now gets a moment to fetch what is parked here.
   */
  async drain(): Promise<void> {
    this.#draining = true
    await this.#leave()
    const shardIds = [...this.#shards.keys()]
    for (const shard of this.#shards.values()) this.#handOver(shard)
    await Promise.all(this.#endings)
    const { parked } = this.#options.parking.volume
    const late = AbortSignal.timeout(fetchMs)
    while (!late.aborted && shardIds.some((shardId) => parked.spans(shardId).length > 0))
      await sleep(lookEveryMs, late)
  }

  /**
   * Another gateway asks by its lease of a shard: whatever was held of it here by an earlier one is dropped at once.
   * @throws MeshError StaleEpoch if this gateway had a lease as late as that or later, even if it is gone by now: a
   *   question that was under way for long must not touch what was parked since
   */
  yieldTo({ shardId, shardEpoch }: ShardClaim): void {
    const latest = this.#epochs.get(shardId)
    if (latest === undefined) return
    if (latest >= shardEpoch)
      throw new MeshError({ kind: 'StaleEpoch', offered: shardEpoch, current: latest })
    this.#lose(shardId, latest)
  }

  /** Leaves everything at once. Sessions stay alive at Discord, for whoever gets the leases when they expire. */
  async stop(): Promise<void> {
    this.#draining = true
    await Promise.all([...this.#shards.values()].map((shard) => shard.drop()))
    this.#shards.clear()
    await Promise.all(this.#endings)
  }

  async #renew(): Promise<void> {
    const { delivery, ports, self } = this.#options
    const held = [...this.#shards.values()].map(({ lease: { shardId, epoch } }) => ({ shardId, epoch }))
    const sentAtMs = delivery.clock.monotonicMs()
    try {
      const renewed = await ports.lease.renew({
        gatewayId: self.gatewayId,
        incarnation: self.incarnation(),
        held,
      })
      this.#terms = renewed.lease
      this.#lease = afterRenewal(this.#lease, {
        kind: 'granted',
        sentAtMs,
        leaseTtlMs: renewed.lease.leaseTtlMs,
      })
      if (renewed.nowMs !== null) {
        const answeredAtMs = delivery.clock.monotonicMs()
        this.#clockOffset = afterSample(this.#clockOffset, { sentAtMs, answeredAtMs, meshMs: renewed.nowMs })
      }
      const kept = new Map(renewed.kept.map(({ shardId, epoch }) => [shardId, epoch]))
      for (const { shardId, epoch } of held) {
        if (kept.get(shardId) !== epoch) this.#lose(shardId, epoch)
      }
      for (const shardId of renewed.handOver) {
        const shard = this.#shards.get(shardId)
        if (shard) this.#handOver(shard)
      }
    } catch (error) {
      delivery.log.debug({ err: error }, 'shard leases were not renewed')
      this.#lease = afterRenewal(this.#lease, { kind: 'unreachable', sentAtMs })
    }
  }

  /** So that what is handed over goes to others, and does not wait until this gateway counts as gone. */
  async #leave(): Promise<void> {
    const { delivery, ports, self } = this.#options
    try {
      await ports.lease.leave({ gatewayId: self.gatewayId, incarnation: self.incarnation() })
    } catch (error) {
      delivery.log.debug(
        { err: error },
        'the config API could not be told that this gateway leaves its shards',
      )
    }
  }

  /** @returns how many shards were leased */
  async #acquire(signal: AbortSignal): Promise<number> {
    const { delivery, ports, self, shardCount } = this.#options
    const sentAtMs = delivery.clock.monotonicMs()
    try {
      const reply = await ports.lease.acquire({
        gatewayId: self.gatewayId,
        incarnation: self.incarnation(),
        shardCount,
        waitMs: acquireWaitMs,
      })
      this.#terms = reply.lease
      if (this.#shards.size === 0) {
        this.#lease = afterRenewal(this.#lease, {
          kind: 'granted',
          sentAtMs,
          leaseTtlMs: reply.lease.leaseTtlMs,
        })
      }
      if (reply.shardCount !== shardCount) {
        delivery.log.warn(
          { ours: shardCount, fixed: reply.shardCount },
          'the mesh runs with another number of shards than this gateway would choose; it keeps to that of the mesh',
        )
      }
      if (signal.aborted) return 0
      // Asked before the drain began: somebody else shall have them.
      if (this.#draining) await Promise.all(reply.acquired.map((lease) => this.#giveBack(lease)))
      else for (const lease of reply.acquired) this.#hold(lease)
      return reply.acquired.length
    } catch (error) {
      delivery.log.debug({ err: error }, 'no shard leases could be acquired')
      return 0
    }
  }

  async #giveBack({ shardId, epoch, session }: ShardLease): Promise<void> {
    const { ports, self } = this.#options
    await ports.lease.release({
      gatewayId: self.gatewayId,
      incarnation: self.incarnation(),
      shardId,
      epoch,
      session,
      reserved: null,
    })
  }

  #hold(lease: ShardLease): void {
    const { delivery, discord, ports, openSocket, parking, self, token, window, knownGuilds, onFirstShard } =
      this.#options
    const before = this.#shards.get(lease.shardId)
    if (before) {
      if (before.lease.epoch >= lease.epoch) return
      this.#lose(lease.shardId, before.lease.epoch)
    }
    const shard = new HeldShard({
      lease,
      self,
      ports,
      discord: { token, discordGatewayUrl: discord.url, maxConcurrency: discord.maxConcurrency },
      openSocket,
      delivery,
      window: window ?? defaultWindow,
      parking,
      knownGuilds: knownGuilds ?? (() => []),
      metrics: this.#metrics,
      mayConnect: () => this.mayHold(),
      meshNowMs: () => this.#clockOffset && meshNowMs(this.#clockOffset, delivery.clock.monotonicMs()),
      onLost: () => this.#lose(lease.shardId, lease.epoch),
    })
    this.#shards.set(lease.shardId, shard)
    this.#epochs.set(lease.shardId, lease.epoch)
    delivery.log.info(
      { shardId: lease.shardId, epoch: lease.epoch, resumes: lease.session !== null },
      'shard leased',
    )
    shard.start()
    if (lease.shardId === 0) onFirstShard?.()
  }

  /** Whoever else has the shard now resumes from the checkpoint; whatever was not durable is replayed there. */
  #lose(shardId: number, epoch: number): void {
    const shard = this.#shards.get(shardId)
    if (!shard || shard.lease.epoch !== epoch) return
    this.#shards.delete(shardId)
    if (shard.ending) return
    this.#options.delivery.log.warn({ shardId, epoch }, 'shard lease lost: stopped at once')
    this.#end(shard.drop())
  }

  #handOver(shard: HeldShard): void {
    if (shard.ending) return
    const { shardId } = shard.lease
    const { log } = this.#options.delivery
    log.info({ shardId }, 'handing a shard over')
    const handOver = async () => {
      try {
        await shard.handOver(AbortSignal.timeout(handOverMs))
        log.info({ shardId }, 'shard handed over')
      } catch (error) {
        log.warn({ shardId, err: error }, 'a shard lease could not be given back; it will expire')
      }
      if (this.#shards.get(shardId) === shard) this.#shards.delete(shardId)
    }
    this.#end(handOver())
  }

  #end(ending: Promise<void>): void {
    const settled = ending.finally(() => this.#endings.delete(settled))
    this.#endings.add(settled)
  }

  #report(): void {
    this.#metrics.held(this.#shards.size)
    for (const shard of this.#shards.values()) shard.report()
  }
}
