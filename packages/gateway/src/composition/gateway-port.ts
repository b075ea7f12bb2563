import {
  type Call,
  type DeliverInput,
  type DeliverReply,
  type GatewayHealth,
  type GatewayPort,
  MeshError,
} from '@guildmesh/contracts'
import type { Owner } from './owner.ts'

export interface GatewayPortParts {
  /** `null` while the gateway is starting. */
  readonly owner: () => Owner | null
  readonly health: () => GatewayHealth
  /** Parked events of shards that others hold now. */
  readonly parked: Pick<GatewayPort['events'], 'parked' | 'forgetParked'>
  /** Called with each delivery before the owner gets it. */
  readonly beforeDelivery: (input: DeliverInput) => void
}

/** What this gateway answers in the mesh: the owner's part, deliveries of genuine holders only, and health. */
export function gatewayPort({ owner, health, parked, beforeDelivery }: GatewayPortParts): GatewayPort {
  const ownerPort = (): Owner['port'] => {
    const running = owner()
    if (!running) throw new MeshError({ kind: 'Unavailable', service: health().gatewayId, retryAfterMs: 500 })
    return running.port
  }
  return {
    guild: {
      overview: async (input, call) => ownerPort().guild.overview(input, call),
      activity: async (input, call) => ownerPort().guild.activity(input, call),
      member: async (input, call) => ownerPort().guild.member(input, call),
      changes: (input, call) => ownerPort().guild.changes(input, call),
    },
    events: {
      async deliver(input: DeliverInput, call: Call): Promise<DeliverReply> {
        requireHolder(input, call)
        const port = ownerPort()
        beforeDelivery(input)
        return port.events.deliver(input, call)
      },
      async parked(input, call) {
        requireHolder(input, call)
        return parked.parked(input, call)
      },
      async forgetParked(input, call) {
        requireHolder(input, call)
        return parked.forgetParked(input, call)
      },
    },
    interactions: {
      handle: async (input, call) => ownerPort().interactions.handle(input, call),
    },
    ownership: {
      releaseEmpty: async (input, call) => ownerPort().ownership.releaseEmpty(input, call),
      reclaim: async (input, call) => ownerPort().ownership.reclaim(input, call),
    },
    probe: {
      chains: async (input, call) => ownerPort().probe.chains(input, call),
    },
    health: async () => health(),
  }
}

function requireHolder({ holder }: Pick<DeliverInput, 'holder'>, { caller }: Call): void {
  if (caller.kind === 'service' && caller.gatewayId === holder.gatewayId) return
  throw new MeshError({
    kind: 'Forbidden',
    reason: 'a gateway acts as the holder of a shard for itself only',
  })
}
