import type { z } from 'zod'
import type * as assignments from '../config/assignment-schemas.ts'
import type { CordonInput, Gateway } from '../config/gateway-schemas.ts'
import type { AuditPage, OperatorToken, OperatorTokenInput } from '../config/identity-schemas.ts'
import type { ListMovesInput, Move } from '../config/move-schemas.ts'
import type { DataLossList, ListDataLossesInput } from '../config/gap-ledger-schemas.ts'
import type { ShardList } from '../config/lease-schemas.ts'
import type { GuildActivity, GuildChange } from '../gateway/guild-schemas.ts'
import type { GuildId } from '../ids.ts'
import type { Call } from '../rpc/call.ts'
import type { Done } from '../rpc/done.ts'
import type * as portal from './portal-schemas.ts'

type In<S extends z.ZodType> = z.output<S>

/** What the edge promises to browsers and operators. */
export interface PortalPort {
  readonly session: SessionViewPort
  readonly guilds: GuildListPort
  readonly guild: GuildViewPort
  readonly admin: AdminPort
}

export interface SessionViewPort {
  me(call: Call): Promise<portal.PortalSession>
  logout(call: Call): Promise<Done>
}

export interface GuildListPort {
  /** The guilds that the caller shares with the bot or could add it to. */
  list(call: Call): Promise<z.infer<typeof portal.GuildCards>>
}

/** The caller's role in the guild, as its owner states it. */
export interface GuildViewer {
  readonly guildId: GuildId
  readonly role: portal.GuildRole
}

export interface GuildViewPort {
  /**
   * Decides whether the caller may see the guild; runs before every procedure that names a guild.
   * @throws MeshError Forbidden, NotAssigned
   */
  admit(guildId: GuildId, call: Call): Promise<GuildViewer>
  overview(viewer: GuildViewer, call: Call): Promise<portal.PortalOverview>
  activity(
    viewer: GuildViewer,
    input: In<typeof portal.PortalActivityInput>,
    call: Call,
  ): Promise<GuildActivity>
  changes(viewer: GuildViewer, call: Call): AsyncIterable<GuildChange>
}

export interface AdminPort {
  status(call: Call): Promise<portal.MeshStatus>
  gateways(call: Call): Promise<{ gateways: Gateway[] }>
  cordon(input: In<typeof CordonInput>, call: Call): Promise<Gateway>
  uncordon(input: In<typeof CordonInput>, call: Call): Promise<Gateway>
  guilds(input: In<typeof portal.AdminGuildsInput>, call: Call): Promise<assignments.AssignmentPage>
  locate(input: In<typeof portal.PortalGuildInput>, call: Call): Promise<portal.GuildLocation>
  /** Moves a guild without data by hand. @throws MeshError GuildHasData, MoveConflict, GatewayNotActive, GatewayFull, NotAssigned */
  reassign(input: In<typeof portal.ReassignInput>, call: Call): Promise<Move>
  moves(input: In<typeof ListMovesInput>, call: Call): Promise<{ moves: Move[] }>
  shards(call: Call): Promise<ShardList>
  /** The gap ledger, latest first: events that nobody can send again. */
  gapLedger(input: In<typeof ListDataLossesInput>, call: Call): Promise<DataLossList>
  audit(call: Call): Promise<z.infer<typeof AuditPage>>
  createToken(input: In<typeof portal.NewOperatorTokenInput>, call: Call): Promise<portal.NewOperatorToken>
  tokens(call: Call): Promise<{ tokens: OperatorToken[] }>
  revokeToken(input: In<typeof OperatorTokenInput>, call: Call): Promise<OperatorToken>
}
