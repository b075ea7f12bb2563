import type { GatewayId } from '@guildmesh/contracts'

/**
 * Chooses a gateway for something that belongs to no guild (a direct message's interaction) by rendezvous hashing:
 * every process chooses alike, and a gateway that comes or goes moves only what it takes or leaves.
 * @returns `null` if there is no gateway
 */
export function rendezvousGateway(key: string, gateways: readonly GatewayId[]): GatewayId | null {
  let best: { gatewayId: GatewayId; score: number } | null = null
  for (const gatewayId of gateways) {
    const score = scoreOf(`${gatewayId}/${key}`)
    if (!best || score > best.score || (score === best.score && gatewayId < best.gatewayId)) {
      best = { gatewayId, score }
    }
  }
  return best?.gatewayId ?? null
}

/** FNV-1a with a final avalanche (the constants of MurmurHash3), so that near-equal names score independently. */
function scoreOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
