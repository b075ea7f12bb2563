import {
  type GatewayId,
  type GuildId,
  type Incarnation,
  ParkedPage,
  type Position,
} from '@guildmesh/contracts'
import type { GatewayConnections } from '@guildmesh/runtime'
import { within } from '@guildmesh/runtime'

/** By what lease a holder asks for parked events. */
export interface ShardClaim {
  readonly shardId: number
  readonly shardEpoch: number
}

/** Where a page ended. */
export interface PagePlace {
  readonly guildId: GuildId
  readonly position: Position
}

/** Parked events on other gateways' disks, as a holder asks for them. */
export interface KeepersPort {
  /** The events after a place of the last page; none: that was all. */
  page(keeper: GatewayId, claim: ShardClaim, after: PagePlace | null): Promise<ParkedPage>
  /** The keeper may drop what it has of the shard. */
  forget(keeper: GatewayId, claim: ShardClaim): Promise<unknown>
}

/** As long as a keeper may take to read or drop its pages. */
const keeperMs = 2000

/** The disks of other gateways, as far as parked events lie there. */
export function keepersOf(
  gateways: Pick<GatewayConnections, 'to'>,
  self: { readonly gatewayId: GatewayId; readonly incarnation: () => Incarnation },
): KeepersPort {
  const holder = () => ({ gatewayId: self.gatewayId, incarnation: self.incarnation() })
  return {
    page: async (keeper, claim, after) => {
      const { events } = gateways.to(keeper)
      return ParkedPage.parse(
        await events.parked.mutate({ ...claim, holder: holder(), after }, within(keeperMs)),
      )
    },
    forget: (keeper, claim) =>
      gateways.to(keeper).events.forgetParked.mutate({ ...claim, holder: holder() }, within(keeperMs)),
  }
}
