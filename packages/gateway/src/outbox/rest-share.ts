import type { GatewayId } from '@guildmesh/contracts'
import { shareRestLimits } from '@guildmesh/placement'
import type { RoutingTable } from '@guildmesh/runtime'
import type { Clock } from '../owner/clock.ts'

/** The table changes with every assignment; counting its guilds each time would cost more than it tells. */
const countEveryMs = 1000

/** This gateway's fraction of Discord's limits for the whole bot, by the gateways and guilds of the routing table. */
export function restShare(
  table: Pick<RoutingTable, 'gateways' | 'guildsOf'>,
  self: GatewayId,
  clock: Clock,
): () => number {
  let share = 1
  let countedAt = Number.NEGATIVE_INFINITY
  return () => {
    const now = clock.monotonicMs()
    if (now - countedAt >= countEveryMs) {
      countedAt = now
      const calling = table.gateways().filter(({ status }) => status !== 'offline')
      share = shareRestLimits(
        self,
        calling.map(({ gatewayId }) => ({ gatewayId, guilds: table.guildsOf(gatewayId).length })),
      )
    }
    return share
  }
}
