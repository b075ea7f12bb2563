import type { EventPort } from '@guildmesh/contracts'
import type { ParkedEvents } from '@guildmesh/guild-store'
import type { Clock } from '@guildmesh/runtime'
import type { ShardClaim } from './keepers-port.ts'
import type { ParkingSpace } from './parking-space.ts'

const pageLimit = { events: 512, size: 1024 * 1024 }

export interface ParkedPagesParts {
  readonly disk: ParkedEvents
  readonly space: ParkingSpace
  /** @throws MeshError StaleEpoch if the shard is held here by as late a lease */
  readonly yieldTo: (claim: ShardClaim) => void
  readonly clock: Clock
}

/** Gives the events that lie parked on this gateway's disk to the present holder of their shard. */
export function parkedPages({
  disk,
  space,
  yieldTo,
  clock,
}: ParkedPagesParts): Pick<EventPort, 'parked' | 'forgetParked'> {
  return {
    async parked({ shardId, shardEpoch, after }) {
      yieldTo({ shardId, shardEpoch })
      return {
        events: disk
          .page(shardId, after, pageLimit)
          .map(({ guildId, position, previous, type, data, size, receivedAt }) => ({
            guildId,
            position,
            previous,
            type,
            data,
            size,
            heldMs: Math.max(0, clock.now() - receivedAt),
          })),
      }
    },
    async forgetParked({ shardId, shardEpoch }) {
      yieldTo({ shardId, shardEpoch })
      disk.forgetShard(shardId)
      space.measure()
      return { done: true }
    },
  }
}
