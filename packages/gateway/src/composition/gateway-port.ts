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
  readonly owner: Owner['port']
  /** Hands a delivery to the owner. */
  readonly deliver: (input: DeliverInput) => Promise<DeliverReply>
  readonly health: () => GatewayHealth
  /** Parked events of shards that others hold now. */
  readonly parked: Pick<GatewayPort['events'], 'parked' | 'forgetParked'>
}

/** What this gateway answers in the mesh: the owner's part, deliveries of genuine holders only, and health. */
export function gatewayPort({ owner, deliver, health, parked }: GatewayPortParts): GatewayPort {
  return {
    ...owner,
    events: {
      async deliver(input, call) {
        requireHolder(input, call)
        return deliver(input)
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
