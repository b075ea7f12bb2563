import type { DeliverInput, DeliverReply, EventPort, GatewayId, Incarnation } from '@guildmesh/contracts'
import type { GuildStore } from '@guildmesh/guild-store'
import { type Clock, type LogPort, type MetricsPort, systemTimers } from '@guildmesh/runtime'
import { CommandDeployer } from '../commands-deploy/command-deployer.ts'
import type { GatewayConfig } from '../config.ts'
import { assignmentsOf, shardPortsOf } from '../config-client.ts'
import { deliveryPorts } from '../delivery/delivery-ports.ts'
import { keepersOf } from '../delivery/keepers-port.ts'
import { parkedPages } from '../delivery/parked-pages.ts'
import { ParkingSpace } from '../delivery/parking-space.ts'
import { holderDiscordApi } from '../discord-api.ts'
import { ShardHolder } from '../shards/shard-holder.ts'
import { shardSockets } from '../shards/shard-socket.ts'
import type { MeshSide } from './mesh-side.ts'
import type { Owner } from './owner.ts'

export interface HolderParts {
  readonly config: GatewayConfig
  readonly self: { readonly gatewayId: GatewayId; readonly incarnation: () => Incarnation }
  readonly mesh: MeshSide
  readonly store: Pick<GuildStore, 'shards'>
  /** Commands that the features of this gateway define: whoever holds the first shard deploys them. */
  readonly commands: Owner['commands']
  /** The owner in this process. */
  readonly deliverHere: (input: DeliverInput) => Promise<DeliverReply>
  readonly clock: Clock
  readonly log: LogPort
  readonly metrics: MetricsPort
  /** Aborted when the app ends. */
  readonly signal: AbortSignal
}

/** The holder's half of a gateway: shards, the lanes of their guilds, and what is parked on this volume. */
export interface HolderSide {
  readonly shards: ShardHolder
  /** Gives parked events to later holders of their shards. */
  readonly parked: Pick<EventPort, 'parked' | 'forgetParked'>
}

/** Builds the holder's half. It takes shards once it runs. */
export function createHolder(parts: HolderParts): HolderSide {
  const { config, self, mesh, store, clock, log, metrics } = parts
  const { table, gateways, connection } = mesh
  const discord = holderDiscordApi({
    baseUrl: config.DISCORD_API_URL,
    token: config.DISCORD_TOKEN,
    applicationId: config.DISCORD_APP_ID,
  })
  const deployer = new CommandDeployer({
    api: discord.commands,
    commands: parts.commands,
    log,
    signal: parts.signal,
  })
  const space = new ParkingSpace(store.shards.parked, config.PARKING_LIMIT_MB * 1024 * 1024)
  const shards = new ShardHolder({
    self,
    ports: shardPortsOf(connection.client),
    token: config.DISCORD_TOKEN.reveal(),
    askDiscord: () => discord.gateway(),
    shardCount: config.SHARD_COUNT ?? null,
    openSocket: shardSockets({ compression: config.DISCORD_COMPRESSION }),
    delivery: deliveryPorts({
      self,
      table,
      assignments: assignmentsOf(connection.client),
      gateways,
      deliverHere: parts.deliverHere,
      clock,
      log,
      metrics,
    }),
    parking: { volume: store.shards, space, keepers: keepersOf(gateways, self) },
    metrics,
    timers: systemTimers,
    knownGuilds: () =>
      table.gateways().flatMap((one) => table.guildsOf(one.gatewayId).map(({ guildId }) => guildId)),
    onFirstShard: () => deployer.start(),
  })
  return {
    shards,
    parked: parkedPages({
      disk: store.shards.parked,
      space,
      yieldTo: (claim) => shards.yieldTo(claim),
      clock,
    }),
  }
}
