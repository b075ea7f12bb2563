import {
  type GatewayId,
  type GuildId,
  type Incarnation,
  MeshError,
  type ShardLease,
} from '@guildmesh/contracts'
import { type MetricsPort, type Pause, sleep, type Timers, Worker, type WorkerRun } from '@guildmesh/runtime'
import type { DeliveryPorts } from '../delivery/delivery-ports.ts'
import type { ShardClaim } from '../delivery/keepers-port.ts'
import { askDiscordGateway } from './ask-discord-gateway.ts'
import type { DiscordGateway } from './discord-gateway.ts'
import { HeldShard, type ShardParking } from './held-shard.ts'
import type { HeldShardView } from './held-shard-view.ts'
import { ShardLeases } from './shard-leases.ts'
import { type ShardMetrics, shardMetrics } from './shard-metrics.ts'
import type { ShardPorts } from './shard-ports.ts'
import type { OpenShardSocket } from './shard-socket.ts'

export interface ShardHolderOptions {
  readonly self: { readonly gatewayId: GatewayId; readonly incarnation: () => Incarnation }
  readonly ports: ShardPorts
  readonly token: string
  readonly askDiscord: () => Promise<DiscordGateway>
  /** What the operator set; `null`: what Discord recommends. */
  readonly shardCount: number | null
  readonly openSocket: OpenShardSocket
  readonly delivery: DeliveryPorts
  readonly metrics: MetricsPort
  readonly timers: Timers
  readonly parking: ShardParking
  /** Guilds that have an owner in the mesh: if Discord does not list one, the bot has left it. */
  readonly knownGuilds: () => readonly GuildId[]
  /** Events, and size of their payloads, that one shard may hold in memory before reading from Discord pauses. */
  readonly memoryLimit?: { readonly events: number; readonly size: number }
  /** Called when shard 0 was leased to this gateway. */
  readonly onFirstShard: () => void
}

const defaultMemoryLimit = { events: 20_000, size: 64 * 1024 * 1024 }
const acquireEveryMs = 1000
/** How long events received before a hand-over may take to become durable; what is left is replayed. */
const handOverMs = 3000
/** How long a gateway that goes away offers its parked events; after that they wait for its next start. */
const offerParkedMs = 2000
const lookEveryMs = 50

/** Keeps this gateway's quota of the shards leased and connected. */
export class ShardHolder {
  readonly #options: ShardHolderOptions
  readonly #leases: ShardLeases
  readonly #metrics: ShardMetrics
  readonly #shards = new Map<number, HeldShard>()
  /** Latest lease that was held here, by shard. */
  readonly #epochs = new Map<number, number>()
  readonly #endings = new Set<Promise<void>>()
  #problem: string | null = 'Discord was not asked for its gateway yet'
  #isLeaving = false

  constructor(options: ShardHolderOptions) {
    const { self, ports, delivery, metrics } = options
    this.#options = options
    this.#leases = new ShardLeases({ self, port: ports.lease, clock: delivery.clock, log: delivery.log })
    this.#metrics = shardMetrics(metrics)
  }

  /** Why no shard can be held yet; `null`: Discord has said where its gateway is. */
  get problem(): string | null {
    return this.#problem
  }

  get views(): readonly HeldShardView[] {
    return [...this.#shards.values()].map((shard) => shard.view)
  }

  /** Asks Discord for its gateway, then acquires and renews leases until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { askDiscord, delivery, timers } = this.#options
    const discord = await askDiscordGateway(askDiscord, {
      log: delivery.log,
      signal,
      onProblem: (problem) => {
        this.#problem = problem
      },
      timers,
    })
    this.#problem = null
    const acquisitions = new Worker({ work: (run) => this.#acquire(discord, run), timers })
    const renewals = new Worker({ work: () => this.#renew(), timers })
    await Promise.all([acquisitions.run(signal), renewals.run(signal)])
  }

  /** Routes have changed: of one guild, or of any. */
  reroute(guildId: GuildId | null): void {
    for (const shard of this.#shards.values()) shard.reroute(guildId)
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

  /**
   * Hands every shard over: sockets are left with their sessions alive, leases are given back, and whoever has them
   * now gets a moment to fetch what is parked here.
   */
  async drain(): Promise<void> {
    this.#isLeaving = true
    if (this.#problem !== null) return
    await this.#leases.leave()
    const shardIds = [...this.#shards.keys()]
    for (const shard of this.#shards.values()) this.#handOver(shard)
    await Promise.all(this.#endings)
    const { parked } = this.#options.parking.volume
    const late = AbortSignal.timeout(offerParkedMs)
    while (!late.aborted && shardIds.some((shardId) => parked.spans(shardId).length > 0))
      await sleep(lookEveryMs, late, this.#options.timers)
  }

  /** Leaves everything at once. Sessions stay alive at Discord, for whoever gets the leases when they expire. */
  async stop(): Promise<void> {
    this.#isLeaving = true
    await Promise.all([...this.#shards.values()].map((shard) => shard.drop()))
    this.#shards.clear()
    await Promise.all(this.#endings)
  }

  /**
   * The config API answers as soon as there is a shard to take; if it cannot be reached, it is asked now and then.
   * @returns pause until the next question; `null`: none, because this gateway is going away
   */
  async #acquire(discord: DiscordGateway, { signal }: WorkerRun): Promise<Pause> {
    if (this.#isLeaving) return null
    const { delivery, shardCount } = this.#options
    const startedAtMs = delivery.clock.monotonicMs()
    const count = shardCount ?? discord.recommendedShards
    const acquired = await this.#leases.acquire(count, () => this.#shards.size === 0)
    if (signal.aborted) return null
    // Asked before the gateway began to leave: somebody else shall have them.
    if (this.#isLeaving) await this.#giveBack(acquired)
    else for (const lease of acquired) this.#hold(lease, discord)
    const tookMs = delivery.clock.monotonicMs() - startedAtMs
    return acquired.length > 0 ? 0 : Math.max(0, acquireEveryMs - tookMs)
  }

  async #giveBack(leases: readonly ShardLease[]): Promise<void> {
    const { log } = this.#options.delivery
    try {
      await Promise.all(leases.map((lease) => this.#leases.giveBack(lease)))
    } catch (error) {
      log.debug(
        { event: 'lease-not-given-back', err: error },
        'could not give a shard lease back; it will expire',
      )
    }
  }

  /** @returns pause until the next renewal */
  async #renew(): Promise<Pause> {
    const { clock } = this.#options.delivery
    const startedAtMs = clock.monotonicMs()
    const held = [...this.#shards.values()].map(({ lease: { shardId, epoch } }) => ({ shardId, epoch }))
    const renewed = held.length > 0 ? await this.#leases.renew(held) : null
    for (const { shardId, epoch } of renewed?.lost ?? []) this.#lose(shardId, epoch)
    for (const shardId of renewed?.handOver ?? []) {
      const shard = this.#shards.get(shardId)
      if (shard) this.#handOver(shard)
    }
    this.#report()
    return Math.max(10, this.#leases.renewEveryMs - (clock.monotonicMs() - startedAtMs))
  }

  #hold(lease: ShardLease, discord: DiscordGateway): void {
    const { delivery, onFirstShard } = this.#options
    const { shardId, epoch } = lease
    const before = this.#shards.get(shardId)
    if (before) {
      if (before.lease.epoch >= epoch) return
      this.#lose(shardId, before.lease.epoch)
    }
    const shard = this.#createShard(lease, discord)
    this.#shards.set(shardId, shard)
    this.#epochs.set(shardId, epoch)
    const resumes = lease.session !== null
    delivery.log.info({ event: 'shard-leased', shardId, epoch, resumes }, 'shard leased')
    shard.start()
    if (shardId === 0) onFirstShard()
  }

  #createShard(lease: ShardLease, discord: DiscordGateway): HeldShard {
    const { self, ports, token, openSocket, delivery, memoryLimit, parking, timers, knownGuilds } =
      this.#options
    return new HeldShard({
      lease,
      self,
      ports,
      discord: { token, discordGatewayUrl: discord.url, maxConcurrency: discord.maxConcurrency },
      openSocket,
      delivery,
      memoryLimit: memoryLimit ?? defaultMemoryLimit,
      parking,
      metrics: this.#metrics,
      timers,
      knownGuilds,
      mayConnect: () => this.#leases.mayHold(),
      meshNowMs: () => this.#leases.meshNowMs(),
      onLost: () => this.#lose(lease.shardId, lease.epoch),
    })
  }

  /** Whoever else has the shard now resumes from the checkpoint; whatever was not durable is replayed there. */
  #lose(shardId: number, epoch: number): void {
    const shard = this.#shards.get(shardId)
    if (!shard || shard.lease.epoch !== epoch) return
    this.#shards.delete(shardId)
    if (shard.ending) return
    this.#options.delivery.log.warn(
      { event: 'shard-lost', shardId, epoch },
      'shard lease lost: stopped at once',
    )
    this.#track(shard.drop())
  }

  #handOver(shard: HeldShard): void {
    if (shard.ending) return
    const { shardId } = shard.lease
    const { log } = this.#options.delivery
    log.info({ event: 'shard-hand-over', shardId }, 'handing a shard over')
    const handOver = async () => {
      try {
        await shard.handOver(AbortSignal.timeout(handOverMs))
        log.info({ event: 'shard-handed-over', shardId }, 'shard handed over')
      } catch (error) {
        log.warn(
          { event: 'lease-not-given-back', shardId, err: error },
          'could not give a shard lease back; it will expire',
        )
      }
      if (this.#shards.get(shardId) === shard) this.#shards.delete(shardId)
    }
    this.#track(handOver())
  }

  #track(ending: Promise<void>): void {
    const settled = ending.finally(() => this.#endings.delete(settled))
    this.#endings.add(settled)
  }

  #report(): void {
    this.#metrics.held(this.#shards.size)
    for (const shard of this.#shards.values()) shard.report()
  }
}
