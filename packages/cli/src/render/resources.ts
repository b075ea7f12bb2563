import type {
  Assignment,
  AssignmentPage,
  Gateway,
  GuildLocation,
  MeshStatus,
  Move,
  NewOperatorToken,
  OperatorToken,
} from '@guildmesh/contracts'
import { formatAge } from './format-age.ts'
import type { Column, Resource } from './resource.ts'

export const gatewayResource: Resource<Gateway> = {
  kind: 'Gateway',
  name: ({ gatewayId }) => gatewayId,
  columns: [
    { title: 'GATEWAY', text: ({ gatewayId }) => gatewayId },
    { title: 'STATUS', text: ({ status }) => status },
    { title: 'GUILDS', text: ({ guildCount, capacity }) => `${guildCount}/${capacity}` },
    { title: 'HEARTBEAT', text: ({ lastHeartbeatAt }, now) => `${formatAge(lastHeartbeatAt, now)} ago` },
    { title: 'VERSION', text: ({ version }) => version },
    { title: 'ADDRESS', wide: true, text: ({ address }) => address },
    { title: 'REGION', wide: true, text: ({ region }) => region },
    {
      title: 'INCARNATION',
      wide: true,
      text: ({ incarnation }) => `${incarnation.registration}.${incarnation.restart}`,
    },
  ],
}

const ownerColumns: readonly Column<Assignment>[] = [
  { title: 'GUILD', text: ({ guildId }) => guildId },
  { title: 'GATEWAY', text: ({ gatewayId }) => gatewayId },
  { title: 'EPOCH', text: ({ epoch }) => String(epoch) },
  { title: 'ASSIGNED', text: ({ assignedAt }, now) => `${formatAge(assignedAt, now)} ago` },
]

export const guildResource: Resource<AssignmentPage['assignments'][number]> = {
  kind: 'Guild',
  name: ({ guildId }) => guildId,
  columns: [
    ...ownerColumns,
    { title: 'LAST SEEN', wide: true, text: ({ lastSeenAt }, now) => formatAge(lastSeenAt, now) },
  ],
}

export const locationResource: Resource<GuildLocation> = {
  kind: 'GuildLocation',
  name: ({ gatewayId }) => gatewayId,
  columns: [
    ...ownerColumns,
    { title: 'STATUS', text: ({ status }) => status },
    { title: 'ADDRESS', wide: true, text: ({ address }) => address ?? 'unknown' },
  ],
}

export const moveResource: Resource<Move> = {
  kind: 'Move',
  name: ({ moveId }) => moveId,
  columns: [
    { title: 'MOVE', text: ({ moveId }) => moveId },
    { title: 'GUILD', text: ({ guildId }) => guildId },
    { title: 'FROM', text: ({ source }) => source },
    { title: 'TO', text: ({ target }) => target },
    { title: 'STATE', text: ({ state, failure }) => (failure ? `${state} (${failure.kind})` : state) },
    { title: 'STARTED', text: ({ startedAt }, now) => `${formatAge(startedAt, now)} ago` },
    { title: 'BY', wide: true, text: ({ requestedBy }) => requestedBy },
    { title: 'REASON', wide: true, text: ({ reason }) => reason },
  ],
}

const tokenColumns: readonly Column<OperatorToken>[] = [
  { title: 'TOKEN', text: ({ tokenId }) => tokenId },
  { title: 'NAME', text: ({ name }) => name },
  { title: 'STATE', text: ({ revokedAt }) => (revokedAt === null ? 'valid' : 'revoked') },
  { title: 'CREATED', text: ({ createdAt }, now) => `${formatAge(createdAt, now)} ago` },
  { title: 'LAST USED', text: ({ lastUsedAt }, now) => formatAge(lastUsedAt, now) },
  { title: 'CREATED BY', wide: true, text: ({ createdBy }) => createdBy },
]

export const tokenResource: Resource<OperatorToken> = {
  kind: 'OperatorToken',
  name: ({ tokenId }) => tokenId,
  columns: tokenColumns,
}

/** A token that was just created. `-o name` prints the secret, for `export GUILDMESH_TOKEN=$(…)`. */
export const newTokenResource: Resource<NewOperatorToken> = {
  kind: 'NewOperatorToken',
  name: ({ secret }) => secret,
  columns: [
    { title: 'TOKEN', text: ({ tokenId }) => tokenId },
    { title: 'NAME', text: ({ name }) => name },
    { title: 'SECRET', text: ({ secret }) => secret },
  ],
}

export const statusResource: Resource<MeshStatus> = {
  kind: 'MeshStatus',
  name: ({ version }) => version,
  columns: [
    { title: 'GATEWAYS', text: activeGateways },
    { title: 'GUILDS', text: ({ guilds }) => String(guilds.assigned) },
    { title: 'UNREACHABLE', text: ({ guilds }) => String(guilds.unreachable) },
    { title: 'SHARDS', text: ({ shards }) => `${shards.held}/${shards.count ?? '?'}` },
    { title: 'OPEN MOVES', text: ({ openMoves }) => String(openMoves) },
    { title: 'IMBALANCE', text: ({ imbalance }) => (imbalance === null ? '-' : imbalance.toFixed(2)) },
    { title: 'VERSION', text: ({ version }) => version },
  ],
}

function activeGateways({ gateways }: MeshStatus): string {
  const active = gateways.filter(({ status }) => status === 'active').length
  return `${active}/${gateways.length} active`
}
