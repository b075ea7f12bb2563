import { tracked } from '@trpc/server'
import { z } from 'zod'
import { Done } from '../rpc/done.ts'
import {
  Assignment,
  AssignmentPage,
  GuildInput,
  ListAssignmentsInput,
  WatchEvent,
  WatchInput,
} from './assignment-schemas.ts'
import { anyService, createCallerFactory, once, procedure, router, safe } from './config-rpc.ts'
import {
  CordonInput,
  Gateway,
  HeartbeatInput,
  HeartbeatReply,
  ListGatewaysInput,
  RegisterInput,
  Registration,
} from './gateway-schemas.ts'
import {
  AuditEntry,
  AuditPage,
  CreateOperatorTokenInput,
  CreateSessionInput,
  EnrolReply,
  FindSessionInput,
  ListAuditInput,
  OperatorToken,
  OperatorTokenInput,
  OperatorTokenList,
  ResealSessionInput,
  RevokeSessionInput,
  ServiceKey,
  ServiceKeys,
  Session,
  VerifyOperatorTokenInput,
} from './identity-schemas.ts'
import { ListMovesInput, Move, MoveInput, MoveList, StartMoveInput } from './move-schemas.ts'
import { shardRouter } from './shard-router.ts'

/** The config API, as gateways, edges and the REST routes call it. */
export const configRouter = router({
  gateways: router({
    register: procedure(safe(['gateway'], { ownerKey: 'gatewayId' }))
      .input(RegisterInput)
      .output(Registration)
      .mutation(({ ctx, input }) => ctx.port.gateways.register(input, ctx.call)),
    heartbeat: procedure(safe(['gateway'], { ownerKey: 'gatewayId', deadlineMs: 1000 }))
      .input(HeartbeatInput)
      .output(HeartbeatReply)
      .mutation(({ ctx, input }) => ctx.port.gateways.heartbeat(input, ctx.call)),
    list: procedure(safe(anyService, { callers: ['service', 'admin'] }))
      .input(ListGatewaysInput)
      .output(z.object({ gateways: z.array(Gateway) }))
      .query(({ ctx, input }) => ctx.port.gateways.list(input, ctx.call)),
    cordon: procedure(once(['edge'], { callers: ['service', 'admin'] }))
      .input(CordonInput)
      .output(Gateway)
      .mutation(({ ctx, input }) => ctx.port.gateways.cordon(input, ctx.call)),
    uncordon: procedure(once(['edge'], { callers: ['service', 'admin'] }))
      .input(CordonInput)
      .output(Gateway)
      .mutation(({ ctx, input }) => ctx.port.gateways.uncordon(input, ctx.call)),
  }),
  assignments: router({
    lookup: procedure(safe(anyService, { callers: ['service', 'admin'] }))
      .input(GuildInput)
      .output(Assignment)
      .query(({ ctx, input }) => ctx.port.assignments.lookup(input, ctx.call)),
    ensure: procedure(safe(['gateway', 'edge'], { callers: ['service', 'admin'] }))
      .input(GuildInput)
      .output(Assignment)
      .mutation(({ ctx, input }) => ctx.port.assignments.ensure(input, ctx.call)),
    list: procedure(safe(anyService, { callers: ['service', 'admin'] }))
      .input(ListAssignmentsInput)
      .output(AssignmentPage)
      .query(({ ctx, input }) => ctx.port.assignments.list(input, ctx.call)),
    watch: procedure(safe(anyService, { deadlineMs: null, event: WatchEvent }))
      .input(WatchInput)
      .subscription(async function* ({ ctx, input }) {
        for await (const event of ctx.port.assignments.watch(input, ctx.call))
          yield tracked(event.cursor, event)
      }),
  }),
  shards: shardRouter,
  moves: router({
    start: procedure(safe(['edge'], { callers: ['service', 'admin'], deadlineMs: 10_000 }))
      .input(StartMoveInput)
      .output(Move)
      .mutation(({ ctx, input }) => ctx.port.moves.start(input, ctx.call)),
    get: procedure(safe(['edge'], { callers: ['service', 'admin'] }))
      .input(MoveInput)
      .output(Move)
      .query(({ ctx, input }) => ctx.port.moves.get(input, ctx.call)),
    list: procedure(safe(['edge'], { callers: ['service', 'admin'] }))
      .input(ListMovesInput)
      .output(MoveList)
      .query(({ ctx, input }) => ctx.port.moves.list(input, ctx.call)),
  }),
  services: router({
    enrol: procedure(safe(anyService, { callers: ['joining', 'service'] }))
      .input(ServiceKey)
      .output(EnrolReply)
      .mutation(({ ctx, input }) => ctx.port.services.enrol(input, ctx.call)),
    keys: procedure(safe(anyService))
      .output(ServiceKeys)
      .query(({ ctx }) => ctx.port.services.keys(ctx.call)),
  }),
  sessions: router({
    create: procedure(once(['edge']))
      .input(CreateSessionInput)
      .output(Session)
      .mutation(({ ctx, input }) => ctx.port.sessions.create(input, ctx.call)),
    find: procedure(safe(['edge']))
      .input(FindSessionInput)
      .output(Session)
      .query(({ ctx, input }) => ctx.port.sessions.find(input, ctx.call)),
    reseal: procedure(safe(['edge']))
      .input(ResealSessionInput)
      .output(Done)
      .mutation(({ ctx, input }) => ctx.port.sessions.reseal(input, ctx.call)),
    revoke: procedure(safe(['edge']))
      .input(RevokeSessionInput)
      .output(Done)
      .mutation(({ ctx, input }) => ctx.port.sessions.revoke(input, ctx.call)),
  }),
  operators: router({
    create: procedure(once(['edge'], { callers: ['service', 'admin'] }))
      .input(CreateOperatorTokenInput)
      .output(OperatorToken)
      .mutation(({ ctx, input }) => ctx.port.operators.create(input, ctx.call)),
    list: procedure(safe(['edge'], { callers: ['service', 'admin'] }))
      .output(OperatorTokenList)
      .query(({ ctx }) => ctx.port.operators.list(ctx.call)),
    revoke: procedure(safe(['edge'], { callers: ['service', 'admin'] }))
      .input(OperatorTokenInput)
      .output(OperatorToken)
      .mutation(({ ctx, input }) => ctx.port.operators.revoke(input, ctx.call)),
    verify: procedure(safe(['edge']))
      .input(VerifyOperatorTokenInput)
      .output(OperatorToken)
      .mutation(({ ctx, input }) => ctx.port.operators.verify(input, ctx.call)),
  }),
  audit: router({
    append: procedure(once(['edge', 'gateway']))
      .input(AuditEntry)
      .output(Done)
      .mutation(({ ctx, input }) => ctx.port.audit.append(input, ctx.call)),
    list: procedure(safe(['edge'], { callers: ['service', 'admin'] }))
      .input(ListAuditInput)
      .output(AuditPage)
      .query(({ ctx, input }) => ctx.port.audit.list(input, ctx.call)),
  }),
})

export type ConfigRouter = typeof configRouter
/** Calls the config API in process: for its REST routes, which pass the same checks. */
export const createConfigCaller = createCallerFactory(configRouter)
