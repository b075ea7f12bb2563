import type { ProcedureMeta } from '../rpc/procedure-meta.ts'
import type { ServiceRole } from '../rpc/caller.ts'
import { Done } from '../rpc/done.ts'
import { createRpc } from '../rpc/trpc.ts'
import {
  DeliverInput,
  DeliverReply,
  ForgetParkedInput,
  ParkedPage,
  ParkedPageInput,
} from './event-schemas.ts'
import type { GatewayPort } from './gateway-port.ts'
import {
  ActivityInput,
  GatewayHealth,
  GuildActivity,
  GuildChange,
  GuildMember,
  GuildOverview,
  HandleInteractionInput,
  InteractionAnswer,
  MemberInput,
  OwnedGuildInput,
  Reclaimed,
  Released,
  ReleaseEmptyInput,
} from './guild-schemas.ts'
import { GuildChains, GuildChainsInput } from './probe-schemas.ts'

const { router, procedure } = createRpc<GatewayPort>()

/** Every procedure of a gateway may be repeated without harm: reads are reads, and writes carry a key or position. */
function by(services: readonly ServiceRole[], rest: Partial<ProcedureMeta> = {}): ProcedureMeta {
  return {
    callers: ['service'],
    services,
    deadlineMs: 2000,
    idempotent: true,
    ownerKey: 'guildId',
    ...rest,
  }
}

/** A gateway, as edges, the config API and other gateways call it. */
export const gatewayRouter = router({
  guild: router({
    overview: procedure(by(['edge']))
      .input(OwnedGuildInput)
      .output(GuildOverview)
      .query(({ ctx, input }) => ctx.port.guild.overview(input, ctx.call)),
    activity: procedure(by(['edge']))
      .input(ActivityInput)
      .output(GuildActivity)
      .query(({ ctx, input }) => ctx.port.guild.activity(input, ctx.call)),
    member: procedure(by(['edge']))
      .input(MemberInput)
      .output(GuildMember)
      .mutation(({ ctx, input }) => ctx.port.guild.member(input, ctx.call)),
    changes: procedure(by(['edge'], { deadlineMs: null, event: GuildChange }))
      .input(OwnedGuildInput)
      .subscription(({ ctx, input }) => ctx.port.guild.changes(input, ctx.call)),
  }),
  events: router({
    deliver: procedure(by(['gateway'], { ownerKey: 'none', deadlineMs: 10_000 }))
      .input(DeliverInput)
      .output(DeliverReply)
      .mutation(({ ctx, input }) => ctx.port.events.deliver(input, ctx.call)),
    parked: procedure(by(['gateway'], { ownerKey: 'none' }))
      .input(ParkedPageInput)
      .output(ParkedPage)
      .mutation(({ ctx, input }) => ctx.port.events.parked(input, ctx.call)),
    forgetParked: procedure(by(['gateway'], { ownerKey: 'none' }))
      .input(ForgetParkedInput)
      .output(Done)
      .mutation(({ ctx, input }) => ctx.port.events.forgetParked(input, ctx.call)),
  }),
  interactions: router({
    handle: procedure(by(['edge'], { deadlineMs: 2300 }))
      .input(HandleInteractionInput)
      .output(InteractionAnswer)
      .mutation(({ ctx, input }) => ctx.port.interactions.handle(input, ctx.call)),
  }),
  ownership: router({
    releaseEmpty: procedure(by(['config']))
      .input(ReleaseEmptyInput)
      .output(Released)
      .mutation(({ ctx, input }) => ctx.port.ownership.releaseEmpty(input, ctx.call)),
    reclaim: procedure(by(['config']))
      .input(ReleaseEmptyInput)
      .output(Reclaimed)
      .mutation(({ ctx, input }) => ctx.port.ownership.reclaim(input, ctx.call)),
  }),
  probe: router({
    chains: procedure(by(['edge', 'config'], { ownerKey: 'none' }))
      .input(GuildChainsInput)
      .output(GuildChains)
      .query(({ ctx, input }) => ctx.port.probe.chains(input, ctx.call)),
  }),
  health: procedure(by(['edge', 'config', 'gateway'], { ownerKey: 'none' }))
    .output(GatewayHealth)
    .query(({ ctx }) => ctx.port.health(ctx.call)),
})

export type GatewayRouter = typeof gatewayRouter
