import { z } from 'zod'
import { AssignmentPage } from '../config/assignment-schemas.ts'
import { CordonInput, Gateway } from '../config/gateway-schemas.ts'
import {
  AuditPage,
  OperatorToken,
  OperatorTokenInput,
  OperatorTokenList,
} from '../config/identity-schemas.ts'
import { DataLossList, ListDataLossesInput } from '../config/gap-ledger-schemas.ts'
import { ShardList } from '../config/lease-schemas.ts'
import { ListMovesInput, Move, MoveList } from '../config/move-schemas.ts'
import { GuildActivity, GuildChange } from '../gateway/guild-schemas.ts'
import type { ProcedureMeta } from '../rpc/procedure-meta.ts'
import { Done } from '../rpc/done.ts'
import { createRpc } from '../rpc/trpc.ts'
import type { PortalPort } from './portal-port.ts'
import {
  AdminGuildsInput,
  GuildCards,
  GuildLocation,
  MeshStatus,
  NewOperatorToken,
  NewOperatorTokenInput,
  PortalActivityInput,
  PortalGuildInput,
  PortalOverview,
  PortalSession,
  ReassignInput,
} from './portal-schemas.ts'

const { router, procedure } = createRpc<PortalPort>()

const base: ProcedureMeta = {
  callers: [],
  services: [],
  deadlineMs: 5000,
  idempotent: true,
  ownerKey: 'none',
}
const signedIn: ProcedureMeta = { ...base, callers: ['user'] }
const operator: ProcedureMeta = { ...base, callers: ['admin'] }

/** The one way to a guild's data: whatever names a guild passes `admit` first. */
function guildProcedure(rest: Partial<ProcedureMeta> = {}) {
  return procedure({ ...base, callers: ['guild'], ownerKey: 'guildId', ...rest })
    .input(PortalGuildInput)
    .use(async ({ ctx, input, next }) =>
      next({ ctx: { viewer: await ctx.port.guild.admit(input.guildId, ctx.call) } }),
    )
}

/** The edge's API for the portal, the operator console and the command line. */
export const portalRouter = router({
  session: router({
    me: procedure(signedIn)
      .output(PortalSession)
      .query(({ ctx }) => ctx.port.session.me(ctx.call)),
    logout: procedure(signedIn)
      .output(Done)
      .mutation(({ ctx }) => ctx.port.session.logout(ctx.call)),
  }),
  guilds: router({
    list: procedure(signedIn)
      .output(GuildCards)
      .query(({ ctx }) => ctx.port.guilds.list(ctx.call)),
  }),
  guild: router({
    overview: guildProcedure()
      .output(PortalOverview)
      .query(({ ctx }) => ctx.port.guild.overview(ctx.viewer, ctx.call)),
    activity: guildProcedure()
      .input(PortalActivityInput)
      .output(GuildActivity)
      .query(({ ctx, input }) => ctx.port.guild.activity(ctx.viewer, input, ctx.call)),
    changes: guildProcedure({ deadlineMs: null, event: GuildChange }).subscription(({ ctx }) =>
      ctx.port.guild.changes(ctx.viewer, ctx.call),
    ),
  }),
  admin: router({
    status: procedure(operator)
      .output(MeshStatus)
      .query(({ ctx }) => ctx.port.admin.status(ctx.call)),
    gateways: procedure(operator)
      .output(z.object({ gateways: z.array(Gateway) }))
      .query(({ ctx }) => ctx.port.admin.gateways(ctx.call)),
    cordon: procedure({ ...operator, idempotent: false, ownerKey: 'gatewayId' })
      .input(CordonInput)
      .output(Gateway)
      .mutation(({ ctx, input }) => ctx.port.admin.cordon(input, ctx.call)),
    uncordon: procedure({ ...operator, idempotent: false, ownerKey: 'gatewayId' })
      .input(CordonInput)
      .output(Gateway)
      .mutation(({ ctx, input }) => ctx.port.admin.uncordon(input, ctx.call)),
    guilds: procedure(operator)
      .input(AdminGuildsInput)
      .output(AssignmentPage)
      .query(({ ctx, input }) => ctx.port.admin.guilds(input, ctx.call)),
    locate: procedure(operator)
      .input(PortalGuildInput)
      .output(GuildLocation)
      .query(({ ctx, input }) => ctx.port.admin.locate(input, ctx.call)),
    reassign: procedure({ ...operator, deadlineMs: 10_000 })
      .input(ReassignInput)
      .output(Move)
      .mutation(({ ctx, input }) => ctx.port.admin.reassign(input, ctx.call)),
    moves: procedure(operator)
      .input(ListMovesInput)
      .output(MoveList)
      .query(({ ctx, input }) => ctx.port.admin.moves(input, ctx.call)),
    shards: procedure(operator)
      .output(ShardList)
      .query(({ ctx }) => ctx.port.admin.shards(ctx.call)),
    gapLedger: procedure(operator)
      .input(ListDataLossesInput)
      .output(DataLossList)
      .query(({ ctx, input }) => ctx.port.admin.gapLedger(input, ctx.call)),
    audit: procedure(operator)
      .output(AuditPage)
      .query(({ ctx }) => ctx.port.admin.audit(ctx.call)),
    createToken: procedure({ ...operator, idempotent: false })
      .input(NewOperatorTokenInput)
      .output(NewOperatorToken)
      .mutation(({ ctx, input }) => ctx.port.admin.createToken(input, ctx.call)),
    tokens: procedure(operator)
      .output(OperatorTokenList)
      .query(({ ctx }) => ctx.port.admin.tokens(ctx.call)),
    revokeToken: procedure(operator)
      .input(OperatorTokenInput)
      .output(OperatorToken)
      .mutation(({ ctx, input }) => ctx.port.admin.revokeToken(input, ctx.call)),
  }),
})

export type PortalRouter = typeof portalRouter
