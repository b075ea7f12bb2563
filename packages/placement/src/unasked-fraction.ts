import type { GatewayId } from '@guildmesh/contracts'

/** A gateway that makes Discord calls, and how many guilds it makes them for. */
export interface CallingGateway {
  readonly gatewayId: GatewayId
  readonly guilds: number
}

/** This part of the limits is divided equally, so that a gateway without guilds can call too; the rest by guilds. */
const equalPart = 0.5

/**
 * The fraction, (0, 1], of Discord's bot-wide limits that a gateway takes unasked if its version leases no quotas.
 * The fractions of gateways that see the same mesh add up to 1. A gateway that is not in the list counts itself.
 */
export function unaskedFraction(self: GatewayId, gateways: readonly CallingGateway[]): number {
  const mine = gateways.find(({ gatewayId }) => gatewayId === self)
  const count = gateways.length + (mine ? 0 : 1)
  const allGuilds = gateways.reduce((sum, { guilds }) => sum + guilds, 0)
  if (allGuilds === 0) return 1 / count
  return equalPart / count + (1 - equalPart) * ((mine?.guilds ?? 0) / allGuilds)
}
