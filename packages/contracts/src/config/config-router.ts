import { tracked } from '@trpc/server'
import { z } from 'zod'
import type { ProcedureMeta } from '../rpc/procedure-meta.ts'
import type { ServiceRole } from '../rpc/caller.ts'
import { createRpc } from '../rpc/trpc.ts'
import {
  Assignment,
  AssignmentPage,
  GuildInput,
  ListAssignmentsInput,
  WatchEvent,
  WatchInput,
} from './assignment-schemas.ts'
import type { ConfigPort } from './config-port.ts'
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
import {
  AcquiredShards,
  AcquireShardsInput,
  CommitShardInput,
  Done,
  GapInput,
  GapList,
  LeaveShardsInput,
  ListGapsInput,
  PermitInput,
  ReleaseShardInput,
  RenewedShards,
  RenewShardsInput,
  ReservedPermit,
  ReservePermitInput,
  SessionPermit,
  ShardList,
} from './shard-schemas.ts'

const { router, procedure, createCallerFactory } = createRpc<ConfigPort>()

const anyService: readonly ServiceRole[] = ['config', 'gateway', 'edge', 'witness']

/** A call that may be repeated without harm. */
function safe(services: readonly ServiceRole[], rest: Partial<ProcedureMeta> = {}): ProcedureMeta {
  return { callers: ['service'], services, deadlineMs: 2000, idempotent: true, ownerKey: 'none', ...rest }
}

/** A call that must not be repeated unless its outcome was read back. */
function once(services: readonly ServiceRole[], rest: Partial<ProcedureMeta> = {}): ProcedureMeta {
  return { ...safe(services, rest), idempotent: false }
}

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
  shards: router({
    acquire: procedure(safe(['gateway'], { ownerKey: 'gatewayId', deadlineMs: 4000 }))
      .input(AcquireShardsInput)
      .output(AcquiredShards)
      .mutation(({ ctx, input }) => ctx.port.shards.acquire(input, ctx.call)),
    leave: procedure(safe(['gateway'], { ownerKey: 'gatewayId' }))
      .input(LeaveShardsInput)
      .output(Done)
      .mutation(({ ctx, input }) => ctx.port.shards.leave(input, ctx.call)),
    renew: procedure(safe(['gateway'], { ownerKey: 'gatewayId', deadlineMs: 1000 }))
      .input(RenewShardsInput)
      .output(RenewedShards)
      .mutation(({ ctx, input }) => ctx.port.shards.renew(input, ctx.call)),
    release: procedure(safe(['gateway'], { ownerKey: 'gatewayId' }))
      .input(ReleaseShardInput)
      .output(Done)
      .mutation(({ ctx, input }) => ctx.port.shards.release(input, ctx.call)),
    commit: procedure(safe(['gateway'], { ownerKey: 'gatewayId', deadlineMs: 1000 }))
      .input(CommitShardInput)
      .output(Done)
      .mutation(({ ctx, input }) => ctx.port.shards.commit(input, ctx.call)),
    permit: procedure(once(['gateway'], { ownerKey: 'gatewayId' }))
      .input(PermitInput)
      .output(SessionPermit)
      .mutation(({ ctx, input }) => ctx.port.shards.permit(input, ctx.call)),
    reserve: procedure(safe(['gateway'], { ownerKey: 'gatewayId' }))
      .input(ReservePermitInput)
      .output(ReservedPermit)
      .mutation(({ ctx, input }) => ctx.port.shards.reserve(input, ctx.call)),
    gap: procedure(safe(['gateway'], { ownerKey: 'gatewayId' }))
      .input(GapInput)
      .output(Done)
      .mutation(({ ctx, input }) => ctx.port.shards.gap(input, ctx.call)),
    gaps: procedure(safe(anyService, { callers: ['service', 'admin'] }))
      .input(ListGapsInput)
      .output(GapList)
      .query(({ ctx, input }) => ctx.port.shards.gaps(input, ctx.call)),
    list: procedure(safe(anyService, { callers: ['service', 'admin'] }))
      .output(ShardList)
      .query(({ ctx }) => ctx.port.shards.list(ctx.call)),
  }),
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
      .query(({ ctx, input }) => ctx.port.operators.verify(input, ctx.call)),
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
