import type { Placement } from '@guildmesh/placement'

/** Why a guild is where it is, for the assignment's history. */
export function describePlacement({ reason, load, activeGateways }: Placement): string {
  const guilds = `${load.guildCount} of ${load.capacity} guilds`
  switch (reason) {
    case 'least-loaded':
      return `least loaded of ${activeGateways} active gateways: ${guilds}`
    case 'only-active':
      return `the only active gateway: ${guilds}`
    case 'all-full':
      return `all ${activeGateways} active gateways are full, this one least: ${guilds}`
    default:
      return reason satisfies never
  }
}
