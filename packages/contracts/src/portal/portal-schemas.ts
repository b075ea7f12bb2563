import { z } from 'zod'
import { Assignment } from '../config/assignment-schemas.ts'
import { OperatorToken, PortalUser } from '../config/identity-schemas.ts'
import { Gateway } from '../config/gateway-schemas.ts'
import { Move } from '../config/move-schemas.ts'
import { ActivityWindow, GuildActivity, GuildChange, GuildOverview } from '../gateway/guild-schemas.ts'
import { EpochMs, GatewayId, GuildId, IdempotencyKey } from '../ids.ts'

/** What a signed-in person may see of a guild in the portal, weakest first. */
export const GuildRole = z.enum(['member', 'moderator', 'admin', 'owner'])
export type GuildRole = z.infer<typeof GuildRole>

export const PortalSession = z.object({
  user: PortalUser.extend({ avatarUrl: z.string() }),
  /** Listed in ADMIN_USER_IDS: may use the operator console and `admin.*`. */
  operator: z.boolean(),
  expiresAt: EpochMs,
})
export type PortalSession = z.infer<typeof PortalSession>

export const GuildCard = z.object({
  guildId: GuildId,
  name: z.string(),
  iconUrl: z.string().nullable(),
  role: GuildRole,
  /** `ready`: the dashboard opens; `absent`: the bot is not in the guild; `unreachable`: its gateway does not answer. */
  state: z.enum(['ready', 'absent', 'unreachable']),
  memberCount: z.int().min(0).nullable(),
  setUp: z.boolean(),
  /** Where an admin adds the bot to the server; `null` if it is there already or the person may not. */
  inviteUrl: z.string().nullable(),
})
export type GuildCard = z.infer<typeof GuildCard>
export const GuildCards = z.object({ guilds: z.array(GuildCard) })

export const PortalGuildInput = z.object({ guildId: GuildId })
export const PortalOverview = GuildOverview.extend({ viewerRole: GuildRole })
export type PortalOverview = z.infer<typeof PortalOverview>
export const PortalActivityInput = z.object({ guildId: GuildId, ...ActivityWindow.shape })
export { GuildActivity as PortalActivity, GuildChange as PortalChange }

export const MeshStatus = z.object({
  gateways: z.array(Gateway),
  guilds: z.object({ assigned: z.int().min(0), unreachable: z.int().min(0) }),
  shards: z.object({ count: z.int().min(0).nullable(), held: z.int().min(0) }),
  openMoves: z.int().min(0),
  /** Largest guild count of a gateway over the mean of the active ones; `null` without guilds. */
  imbalance: z.number().nullable(),
  version: z.string(),
})
export type MeshStatus = z.infer<typeof MeshStatus>

export const AdminGuildsInput = z.object({
  gatewayId: GatewayId.optional(),
  after: GuildId.optional(),
  limit: z.int().min(1).max(1000).default(200),
})
export const GuildLocation = Assignment.extend({ address: z.string().nullable(), status: z.string() })
export type GuildLocation = z.infer<typeof GuildLocation>

export const ReassignInput = z.object({
  guildId: GuildId,
  target: GatewayId,
  reason: z.string().min(1).max(500),
  idempotencyKey: IdempotencyKey,
})
export { Move as AdminMove }

export const NewOperatorTokenInput = z.object({ name: z.string().min(1).max(100) })
/** The only time that the secret is shown; only its hash is stored. */
export const NewOperatorToken = OperatorToken.extend({ secret: z.string() })
export type NewOperatorToken = z.infer<typeof NewOperatorToken>
