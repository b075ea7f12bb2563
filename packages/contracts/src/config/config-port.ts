import type { z } from 'zod'
import type { Call } from '../rpc/call.ts'
import type { Done } from '../rpc/done.ts'
import type * as assignments from './assignment-schemas.ts'
import type * as gateways from './gateway-schemas.ts'
import type * as identity from './identity-schemas.ts'
import type * as moves from './move-schemas.ts'
import type { ShardPorts } from './shard-ports.ts'

type In<S extends z.ZodType> = z.output<S>

/** What the config API promises. Every method throws only `MeshError`s on purpose. */
export interface ConfigPort {
  readonly gateways: GatewayRegistryPort
  readonly assignments: AssignmentPort
  readonly shards: ShardPorts
  readonly moves: MovePort
  readonly services: ServiceKeyPort
  readonly sessions: SessionPort
  readonly operators: OperatorPort
  readonly audit: AuditPort
}

export interface GatewayRegistryPort {
  /** Begins a new incarnation of a gateway. Never changes its status, except from `offline` to `active`. */
  register(input: In<typeof gateways.RegisterInput>, call: Call): Promise<gateways.Registration>
  /**
   * Renews the lease of an incarnation. Never writes the status.
   * @throws MeshError StaleIncarnation, NotFound
   */
  heartbeat(input: In<typeof gateways.HeartbeatInput>, call: Call): Promise<gateways.HeartbeatReply>
  list(input: In<typeof gateways.ListGatewaysInput>, call: Call): Promise<{ gateways: gateways.Gateway[] }>
  /** active → cordoned, by compare-and-set. @throws MeshError GatewayNotActive, NotFound */
  cordon(input: In<typeof gateways.CordonInput>, call: Call): Promise<gateways.Gateway>
  /** cordoned → active, by compare-and-set. @throws MeshError GatewayNotActive, NotFound */
  uncordon(input: In<typeof gateways.CordonInput>, call: Call): Promise<gateways.Gateway>
}

export interface AssignmentPort {
  /** Reads; never assigns. @throws MeshError NotAssigned */
  lookup(input: In<typeof assignments.GuildInput>, call: Call): Promise<assignments.Assignment>
  /** The guild's owner, assigned now if it had none. One owner under any concurrency (I12). @throws MeshError NoGatewayAvailable */
  ensure(input: In<typeof assignments.GuildInput>, call: Call): Promise<assignments.Assignment>
  list(input: In<typeof assignments.ListAssignmentsInput>, call: Call): Promise<assignments.AssignmentPage>
  /** A snapshot, then every change in commit order, until the caller goes away. */
  watch(input: In<typeof assignments.WatchInput>, call: Call): AsyncIterable<assignments.WatchEvent>
}

export interface MovePort {
  /**
   * Moves a guild. This version moves guilds without data only.
   * @throws MeshError NotAssigned, MoveConflict, GuildHasData, GatewayNotActive, GatewayFull
   */
  start(input: In<typeof moves.StartMoveInput>, call: Call): Promise<moves.Move>
  get(input: In<typeof moves.MoveInput>, call: Call): Promise<moves.Move>
  list(input: In<typeof moves.ListMovesInput>, call: Call): Promise<{ moves: moves.Move[] }>
}

export interface ServiceKeyPort {
  /** Registers the caller's key under the caller's own name. */
  enrol(input: identity.ServiceKey, call: Call): Promise<z.infer<typeof identity.EnrolReply>>
  /** Every key that is valid now. */
  keys(call: Call): Promise<{ keys: identity.ServiceKey[] }>
}

export interface SessionPort {
  create(input: In<typeof identity.CreateSessionInput>, call: Call): Promise<identity.Session>
  /** @throws MeshError Unauthenticated (revoked, expired, unknown) */
  find(input: In<typeof identity.FindSessionInput>, call: Call): Promise<identity.Session>
  /** Stores refreshed OAuth tokens. */
  reseal(input: In<typeof identity.ResealSessionInput>, call: Call): Promise<Done>
  revoke(input: In<typeof identity.RevokeSessionInput>, call: Call): Promise<Done>
}

export interface OperatorPort {
  create(input: In<typeof identity.CreateOperatorTokenInput>, call: Call): Promise<identity.OperatorToken>
  list(call: Call): Promise<{ tokens: identity.OperatorToken[] }>
  revoke(input: In<typeof identity.OperatorTokenInput>, call: Call): Promise<identity.OperatorToken>
  /** Who has this token; notes that it was used. @throws MeshError Unauthenticated */
  verify(input: In<typeof identity.VerifyOperatorTokenInput>, call: Call): Promise<identity.OperatorToken>
}

export interface AuditPort {
  append(input: z.infer<typeof identity.AuditEntry>, call: Call): Promise<Done>
  list(input: In<typeof identity.ListAuditInput>, call: Call): Promise<z.infer<typeof identity.AuditPage>>
}
