import type { Gateway, MeshStatus, Move, ShardList } from '@guildmesh/contracts'

export interface MeshFacts {
  readonly gateways: readonly Gateway[]
  readonly shards: ShardList
  readonly openMoves: readonly Move[]
  /** Guilds with an owner. */
  readonly assigned: number
  readonly version: string
}

/** The mesh at a glance, from what the config API says of its parts. */
export function meshStatusOf({ gateways, shards, openMoves, assigned, version }: MeshFacts): MeshStatus {
  const offline = gateways.filter(({ status }) => status === 'offline')
  const held = shards.shards.filter(({ holder }) => holder !== null)
  return {
    gateways: [...gateways],
    guilds: { assigned, unreachable: guildsOf(offline) },
    shards: { count: shards.shardCount, held: held.length },
    openMoves: openMoves.length,
    imbalance: imbalanceOf(gateways.filter(({ status }) => status === 'active')),
    version,
  }
}

function guildsOf(gateways: readonly Gateway[]): number {
  return gateways.reduce((sum, { guildCount }) => sum + guildCount, 0)
}

/** Largest guild count of a gateway over the mean; 1 if all have the same. `null` if there is nothing to share. */
function imbalanceOf(active: readonly Gateway[]): number | null {
  const total = guildsOf(active)
  if (total === 0) return null
  const largest = Math.max(...active.map(({ guildCount }) => guildCount))
  return largest / (total / active.length)
}
