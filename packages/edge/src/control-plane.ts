import { randomUUID } from 'node:crypto'
import { type ConfigRouter, ServiceName } from '@guildmesh/contracts'
import {
  followAssignments,
  type Identity,
  keepEnrolled,
  type Logger,
  type MeshConnection,
  type RoutingTable,
  type TokenSource,
} from '@guildmesh/runtime'
import type { EdgeConfig } from './config.ts'

/** Registers this edge's key, and follows who owns what, for as long as the edge runs. */
export function startControlPlaneWork(options: {
  config: EdgeConfig
  connect: (self: TokenSource) => MeshConnection<ConfigRouter>
  connection: MeshConnection<ConfigRouter>
  identity: Identity
  logger: Logger
  signal: AbortSignal
  table: RoutingTable | null
  enrol: boolean
  onEnrolled: () => void
  onFailure: (error: unknown) => void
}): void {
  const { connect, connection, identity, logger, signal, table } = options
  const joinSecret = options.config.MESH_JOIN_SECRET
  const work = async () => {
    if (options.enrol) await keepEnrolled({ connect, identity, joinSecret, logger, signal })
    options.onEnrolled()
    if (table) await followAssignments({ connection, table, logger, signal })
  }
  work().catch((error: unknown) => {
    if (!signal.aborted) options.onFailure(error)
  })
}

/** `edge-<name of the pod>`; a name of its own if the process has none. */
export function edgeName(podName: string | undefined): ServiceName {
  const name = (podName ?? randomUUID().slice(0, 8)).toLowerCase().replaceAll(/[^a-z0-9-]/g, '-')
  return ServiceName.parse(name.startsWith('edge-') ? name.slice(0, 65) : `edge-${name}`.slice(0, 65))
}
