import {
  type DataLossInput,
  type GatewayId,
  gatewayIdOf,
  type GuildId,
  MeshError,
  type ParkedLane,
  type ShardLease,
  type ShardSession,
} from '@guildmesh/contracts'
import type { DiscordSim } from '@guildmesh/discord-sim'
import { systemClock, systemTimers } from '@guildmesh/runtime'
import { deliveryMetrics } from '../src/delivery/delivery-metrics.ts'
import type { KeepersPort } from '../src/delivery/keepers-port.ts'
import type { DeliveryPorts } from '../src/delivery/delivery-ports.ts'
import type { ShardParking } from '../src/shards/held-shard.ts'
import { ShardHolder, type ShardHolderOptions } from '../src/shards/shard-holder.ts'
import type { ShardPorts } from '../src/shards/shard-ports.ts'
import { shardSockets } from '../src/shards/shard-socket.ts'
import { ParkingSpace } from '../src/delivery/parking-space.ts'
import type { ChainOwner } from './chain-owner.ts'
import { noKeepers, temporaryVolume } from './temporary-volume.ts'

export const holderId = gatewayIdOf(0)
const incarnation = { registration: 1, restart: 0 }

/**
 * Grants every shard to the one holder there is, and keeps what that stores, as the config API would between two
 * incarnations.
 */
export class SoleLeases implements ShardPorts {
  readonly #shardCount: number
  readonly sessions = new Map<number, ShardSession | null>()
  /** By shard and guild. */
  readonly parked = new Map<string, ParkedLane & { readonly shardId: number }>()
  /** Permits in reserve: generations by shard. */
  readonly reserved = new Map<number, number>()
  /** What the gap ledger got. */
  readonly losses: DataLossInput[] = []
  /** The config API cannot be reached. */
  isAway = false
  #epoch = 0
  #generation = 0
  readonly #held = new Set<number>()

  constructor(shardCount: number) {
    this.#shardCount = shardCount
  }

  /** The holder has gone: its shards are free. */
  free(): void {
    this.#held.clear()
  }

  readonly lease: ShardPorts['lease'] = {
    acquire: async ({ gatewayId }) => {
      this.#reach()
      return { shardCount: this.#shardCount, acquired: this.#grant(gatewayId), lease: terms }
    },
    leave: async () => {},
    renew: async ({ held }) => {
      this.#reach()
      return { lease: terms, kept: held, lost: [], handOver: [], nowMs: Date.now() }
    },
    release: async (input) => {
      this.#store(input)
      this.#held.delete(input.shardId)
    },
  }

  readonly checkpoint: ShardPorts['checkpoint'] = {
    store: async (input) => {
      this.#reach()
      this.#store(input)
    },
  }

  readonly identify: ShardPorts['identify'] = {
    permit: async ({ shardId, usedGeneration }) => {
      this.#reach()
      const reserved = this.reserved.get(shardId) ?? 0
      this.reserved.delete(shardId)
      return { generation: reserved > usedGeneration ? reserved : this.#next(), waitMs: 0 }
    },
    reserve: async ({ shardId, usedGeneration }) => {
      this.#reach()
      const known = this.reserved.get(shardId) ?? 0
      const generation = known > usedGeneration ? known : this.#next()
      this.reserved.set(shardId, generation)
      return { generation }
    },
  }

  readonly gapLedger: ShardPorts['gapLedger'] = {
    record: async (loss) => {
      this.#reach()
      this.losses.push(loss)
    },
  }

  #grant(holder: GatewayId): ShardLease[] {
    const acquired: ShardLease[] = []
    for (let shardId = 0; shardId < this.#shardCount; shardId++) {
      if (this.#held.has(shardId)) continue
      this.#held.add(shardId)
      this.#epoch += 1
      acquired.push({
        shardId,
        shardCount: this.#shardCount,
        holder,
        epoch: this.#epoch,
        session: this.sessions.get(shardId) ?? null,
        endedGeneration: 0,
        parked: [...this.parked.values()]
          .filter((lane) => lane.shardId === shardId)
          .map(({ guildId, keeper, through, events }) => ({ guildId, keeper, through, events })),
      })
    }
    return acquired
  }

  #store({ shardId, gatewayId, session, parked }: Checkpoint): void {
    this.sessions.set(shardId, session)
    for (const { guildId, keeper } of parked?.gone ?? [])
      this.parked.delete(`${shardId} ${guildId} ${keeper}`)
    for (const lane of parked?.kept ?? []) {
      this.parked.set(`${shardId} ${lane.guildId} ${gatewayId}`, { ...lane, shardId, keeper: gatewayId })
    }
  }

  #reach(): void {
    if (this.isAway) throw new MeshError({ kind: 'Unavailable', service: 'config', retryAfterMs: 100 })
  }

  #next(): number {
    this.#generation += 1
    return this.#generation
  }
}

type Checkpoint = Parameters<ShardPorts['checkpoint']['store']>[0]

const terms = { leaseTtlMs: 2500, renewEveryMs: 100 }
const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const noMetrics = {
  counter: () => ({ inc() {} }),
  gauge: () => ({ set() {} }),
  histogram: () => ({ observe() {} }),
}

export interface SoleHolder extends AsyncDisposable {
  readonly holder: ShardHolder
  /** Ends it as a crash would: nothing is handed over. */
  crash(): Promise<void>
}

/** A holder of all shards of a simulated Discord that delivers to one owner in this process. */
export async function startSoleHolder(
  sim: DiscordSim,
  leases: SoleLeases,
  owner: ChainOwner,
  overrides: Partial<Omit<ShardHolderOptions, 'delivery' | 'parking'>> & {
    compression?: 'none' | 'zlib-stream'
    delivery?: Partial<DeliveryPorts>
    /** Outlives the holder; by default it has one of its own. */
    volume?: ShardParking['volume']
    keepers?: KeepersPort
    parkingLimit?: number
  } = {},
): Promise<SoleHolder> {
  const { compression = 'none', delivery, keepers = noKeepers, parkingLimit = 1e9, ...options } = overrides
  const owned = new Set<GuildId>()
  const { token } = await sim.control.app()
  await using parts = new AsyncDisposableStack()
  const volume = overrides.volume ?? parts.use(temporaryVolume()).volume
  const holder = new ShardHolder({
    self: { gatewayId: holderId, incarnation: () => incarnation },
    ports: leases,
    token,
    askDiscord: async () => ({ url: sim.urls.gateway, recommendedShards: 3, maxConcurrency: 16 }),
    shardCount: null,
    openSocket: shardSockets({ compression }),
    delivery: {
      routes: {
        routeOf: (guildId) => (owned.has(guildId) ? { gatewayId: holderId, epoch: 1 } : null),
        incarnationOf: () => incarnation,
      },
      send: (_gatewayId, input) => owner.deliver(input),
      assign: async (guildId) => {
        owned.add(guildId)
      },
      refresh: async () => {},
      learn: () => {},
      clock: systemClock,
      log: quiet,
      metrics: deliveryMetrics(noMetrics),
      ...delivery,
    },
    metrics: noMetrics,
    timers: systemTimers,
    knownGuilds: () => [],
    onFirstShard: () => {},
    ...options,
    parking: { volume, space: new ParkingSpace(volume.parked, parkingLimit), keepers },
  })
  const ending = new AbortController()
  const running = holder.run(ending.signal)
  const kept = parts.move()
  const crash = async () => {
    ending.abort()
    await running
    await holder.stop()
    leases.free()
    await kept.disposeAsync()
  }
  return { holder, crash, [Symbol.asyncDispose]: crash }
}
