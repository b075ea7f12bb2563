import type { Failure, GatewayId, GuildId } from '@guildmesh/contracts'
import type { Refusal } from '@guildmesh/guild-store'

/** How soon a fenced guild may be asked for again, milliseconds. A switch takes less. */
export const fenceRetryMs = 100

/** The failure that tells a caller why the store refused. */
export function failureOfRefusal(
  guildId: GuildId,
  epoch: number | null,
  gatewayId: GatewayId,
  refusal: Refusal,
): Failure {
  switch (refusal.kind) {
    case 'NotOwner':
      return { kind: 'NotOwner', guildId, gatewayId, knownEpoch: refusal.knownEpoch }
    case 'GuildFenced':
      return { kind: 'GuildFenced', guildId, retryAfterMs: fenceRetryMs }
    case 'StaleEpoch':
      return { kind: 'StaleEpoch', offered: epoch ?? refusal.current, current: refusal.current }
    default:
      return refusal satisfies never
  }
}
