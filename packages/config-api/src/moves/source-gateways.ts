import { type GatewayId, gatewayRouter, type GatewayRouter, type GuildId } from '@guildmesh/contracts'
import {
  createGatewayConnections,
  type MeshClientOptions,
  type MeshConnection,
  within,
} from '@guildmesh/runtime'
import { eq } from 'drizzle-orm'
import type { Database, WorkLimits } from '../database/database.ts'
import { gateways } from '../database/schema.ts'

/** Names a guild at the epoch at which the source owns it, and the move that fences it. */
export interface OwnershipCommand {
  readonly guildId: GuildId
  readonly epoch: number
  readonly moveId: string
}

/** What a move asks of the gateway that owns the guild. Both commands may be repeated. */
export interface SourceGateways {
  /**
   * Fences the guild if it has no data there.
   * @throws MeshError GuildHasData; NotOwner, StaleEpoch, GuildMoved; Unavailable and others if the outcome is unknown
   */
  releaseEmpty(source: GatewayId, command: OwnershipCommand, limits: WorkLimits): Promise<void>
  /** Lifts the fence that the same move laid. @throws MeshError */
  reclaim(source: GatewayId, command: OwnershipCommand, limits: WorkLimits): Promise<void>
}

/** Longest that one command may take. Milliseconds. */
const commandLimitMs = 2000

/** Reaches gateways over the mesh, at the addresses that the registry states. */
export class MeshSourceGateways implements SourceGateways, AsyncDisposable {
  readonly #database: Database
  readonly #addresses = new Map<GatewayId, string>()
  readonly #connections

  constructor(
    parts: MeshClientOptions & {
      database: Database
      /** Replaced if gateways live in the same process. */
      connect?: (gatewayId: GatewayId, address: string) => MeshConnection<GatewayRouter>
    },
  ) {
    this.#database = parts.database
    this.#connections = createGatewayConnections({
      ...parts,
      router: gatewayRouter,
      addressOf: (gatewayId) => this.#addresses.get(gatewayId) ?? null,
    })
  }

  async releaseEmpty(source: GatewayId, command: OwnershipCommand, limits: WorkLimits): Promise<void> {
    const { client, options } = await this.#reach(source, limits)
    await client.ownership.releaseEmpty.mutate(command, options)
  }

  async reclaim(source: GatewayId, command: OwnershipCommand, limits: WorkLimits): Promise<void> {
    const { client, options } = await this.#reach(source, limits)
    await client.ownership.reclaim.mutate(command, options)
  }

  async #reach(source: GatewayId, limits: WorkLimits) {
    const [row] = await this.#database.run(
      (queries) =>
        queries.select({ address: gateways.address }).from(gateways).where(eq(gateways.gatewayId, source)),
      limits,
    )
    if (row) this.#addresses.set(source, row.address)
    const budgetMs = Math.min(commandLimitMs, limits.remainingMs() ?? commandLimitMs)
    return { client: this.#connections.to(source), options: within(budgetMs, limits.signal) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connections[Symbol.asyncDispose]()
  }
}
