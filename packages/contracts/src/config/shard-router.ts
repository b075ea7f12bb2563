import { Done } from '../rpc/done.ts'
import { CheckpointInput } from './checkpoint-schemas.ts'
import { anyService, once, procedure, router, safe } from './config-rpc.ts'
import { DataLossInput, DataLossList, ListDataLossesInput } from './gap-ledger-schemas.ts'
import { PermitInput, ReservedPermit, ReservePermitInput, SessionPermit } from './identify-schemas.ts'
import {
  AcquiredShards,
  AcquireShardsInput,
  LeaveShardsInput,
  ReleaseShardInput,
  RenewedShards,
  RenewShardsInput,
  ShardList,
} from './lease-schemas.ts'

/** What concerns Discord's shards, as gateways call it: a router for each port of `ShardPorts`. */
export const shardRouter = router({
  lease: router({
    acquire: procedure(safe(['gateway'], { ownerKey: 'gatewayId', deadlineMs: 4000 }))
      .input(AcquireShardsInput)
      .output(AcquiredShards)
      .mutation(({ ctx, input }) => ctx.port.shards.lease.acquire(input, ctx.call)),
    leave: procedure(safe(['gateway'], { ownerKey: 'gatewayId' }))
      .input(LeaveShardsInput)
      .output(Done)
      .mutation(({ ctx, input }) => ctx.port.shards.lease.leave(input, ctx.call)),
    renew: procedure(safe(['gateway'], { ownerKey: 'gatewayId', deadlineMs: 1000 }))
      .input(RenewShardsInput)
      .output(RenewedShards)
      .mutation(({ ctx, input }) => ctx.port.shards.lease.renew(input, ctx.call)),
    release: procedure(safe(['gateway'], { ownerKey: 'gatewayId' }))
      .input(ReleaseShardInput)
      .output(Done)
      .mutation(({ ctx, input }) => ctx.port.shards.lease.release(input, ctx.call)),
    list: procedure(safe(anyService, { callers: ['service', 'admin'] }))
      .output(ShardList)
      .query(({ ctx }) => ctx.port.shards.lease.list(ctx.call)),
  }),
  checkpoint: router({
    store: procedure(safe(['gateway'], { ownerKey: 'gatewayId', deadlineMs: 1000 }))
      .input(CheckpointInput)
      .output(Done)
      .mutation(({ ctx, input }) => ctx.port.shards.checkpoint.store(input, ctx.call)),
  }),
  identify: router({
    permit: procedure(once(['gateway'], { ownerKey: 'gatewayId' }))
      .input(PermitInput)
      .output(SessionPermit)
      .mutation(({ ctx, input }) => ctx.port.shards.identify.permit(input, ctx.call)),
    reserve: procedure(safe(['gateway'], { ownerKey: 'gatewayId' }))
      .input(ReservePermitInput)
      .output(ReservedPermit)
      .mutation(({ ctx, input }) => ctx.port.shards.identify.reserve(input, ctx.call)),
  }),
  gapLedger: router({
    record: procedure(safe(['gateway'], { ownerKey: 'gatewayId' }))
      .input(DataLossInput)
      .output(Done)
      .mutation(({ ctx, input }) => ctx.port.shards.gapLedger.record(input, ctx.call)),
    list: procedure(safe(anyService, { callers: ['service', 'admin'] }))
      .input(ListDataLossesInput)
      .output(DataLossList)
      .query(({ ctx, input }) => ctx.port.shards.gapLedger.list(input, ctx.call)),
  }),
})
