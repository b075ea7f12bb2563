import { type AdminPort, type Call, MeshError } from '@guildmesh/contracts'
import { type Logger, onward, type RoutingTable } from '@guildmesh/runtime'
import type { ConfigClient } from '../config-client.ts'
import { createOpaqueToken, hashToken } from '../sessions/opaque-token.ts'
import { edgeVersion } from '../version.ts'
import { meshStatusOf } from './mesh-status.ts'

export interface OperatorConsoleOptions {
  readonly config: ConfigClient
  readonly routes: Pick<RoutingTable, 'gateway' | 'ownerOf' | 'learn'>
  readonly logger: Logger
}

/** Makes a leaked token recognisable, for secret scanners and for people. */
const operatorTokenPrefix = 'gmop_'

type In<Method extends keyof AdminPort> = Parameters<AdminPort[Method]>[0]

/**
 * The admin API. The config API decides and, in the same transaction, writes the audit log under the operator's
 * name, which it accepts only from an edge. A name in the caller's own input is never passed on.
 */
export class OperatorConsole implements AdminPort {
  readonly #options: OperatorConsoleOptions

  constructor(options: OperatorConsoleOptions) {
    this.#options = options
  }

  async status(call: Call) {
    const { config } = this.#options
    const request = onward(call)
    const [{ gateways }, shards, { moves }, { total }] = await Promise.all([
      config.gateways.list.query({}, request),
      config.shards.lease.list.query(undefined, request),
      config.moves.list.query({ openOnly: true, limit: 500 }, request),
      config.assignments.list.query({ limit: 1 }, request),
    ])
    return meshStatusOf({ gateways, shards, openMoves: moves, assigned: total, version: edgeVersion })
  }

  gateways(call: Call) {
    return this.#options.config.gateways.list.query({}, onward(call))
  }

  cordon({ gatewayId, reason }: In<'cordon'>, call: Call) {
    const input = { gatewayId, reason, actor: this.#actor(call, 'gateway.cordon', gatewayId) }
    return this.#options.config.gateways.cordon.mutate(input, onward(call))
  }

  uncordon({ gatewayId, reason }: In<'uncordon'>, call: Call) {
    const input = { gatewayId, reason, actor: this.#actor(call, 'gateway.uncordon', gatewayId) }
    return this.#options.config.gateways.uncordon.mutate(input, onward(call))
  }

  guilds(input: In<'guilds'>, call: Call) {
    return this.#options.config.assignments.list.query(input, onward(call))
  }

  async locate({ guildId }: In<'locate'>, call: Call) {
    const { routes } = this.#options
    const owner = await this.#ownerOf(guildId, call)
    const gateway = routes.gateway(owner.gatewayId)
    return { ...owner, address: gateway?.address ?? null, status: gateway?.status ?? 'unknown' }
  }

  /** The owner as the config API knows it or, while that is away, as this edge does. */
  async #ownerOf(guildId: In<'locate'>['guildId'], call: Call) {
    const { config, routes } = this.#options
    try {
      const owner = await config.assignments.lookup.query({ guildId }, onward(call))
      routes.learn(owner)
      return owner
    } catch (error) {
      const known = routes.ownerOf(guildId)
      const answered = error instanceof MeshError && error.failure.kind === 'NotAssigned'
      if (known && !answered) return known
      throw error
    }
  }

  reassign({ guildId, target, reason, idempotencyKey }: In<'reassign'>, call: Call) {
    const actor = this.#actor(call, 'guild.reassign', guildId)
    return this.#options.config.moves.start.mutate(
      { guildId, target, reason, idempotencyKey, actor },
      onward(call),
    )
  }

  moves(input: In<'moves'>, call: Call) {
    return this.#options.config.moves.list.query(input, onward(call))
  }

  shards(call: Call) {
    return this.#options.config.shards.lease.list.query(undefined, onward(call))
  }

  gapLedger(input: In<'gapLedger'>, call: Call) {
    return this.#options.config.shards.gapLedger.list.query(input, onward(call))
  }

  audit(call: Call) {
    return this.#options.config.audit.list.query({ limit: 200 }, onward(call))
  }

  async createToken({ name }: In<'createToken'>, call: Call) {
    const secret = `${operatorTokenPrefix}${createOpaqueToken()}`
    const createdBy = this.#actor(call, 'operator-token.create', name)
    const token = await this.#options.config.operators.create.mutate(
      { name, tokenHash: hashToken(secret), createdBy },
      onward(call),
    )
    return { ...token, secret }
  }

  tokens(call: Call) {
    return this.#options.config.operators.list.query(undefined, onward(call))
  }

  revokeToken({ tokenId }: In<'revokeToken'>, call: Call) {
    const input = { tokenId, actor: this.#actor(call, 'operator-token.revoke', tokenId) }
    return this.#options.config.operators.revoke.mutate(input, onward(call))
  }

  /** The operator's name for the audit log; also logs the action where the request came in. */
  #actor({ caller }: Call, action: string, subject: string): string {
    if (caller.kind !== 'operator')
      throw new MeshError({ kind: 'Forbidden', reason: 'only operators may do this' })
    this.#options.logger.info({ event: 'operator-action', actor: caller.actor, action, subject }, action)
    return caller.actor
  }
}
