import type {
  AcquiredShards,
  AcquireShardsInput,
  CheckpointInput,
  DataLossInput,
  GatewayId,
  Incarnation,
  LeaveShardsInput,
  PermitInput,
  ReleaseShardInput,
  RenewedShards,
  RenewShardsInput,
  ReservedPermit,
  ReservePermitInput,
  SessionPermit,
} from '@guildmesh/contracts'
import type { z } from 'zod'

/** By what lease a holder speaks to the config API. */
export interface HolderClaim {
  readonly gatewayId: GatewayId
  readonly incarnation: Incarnation
  readonly shardId: number
  readonly epoch: number
}

/** The config API's ports for shards, as a holder uses them; `ShardPorts` of the contracts says what each promises. */
export interface ShardPorts {
  readonly lease: ShardLeasePort
  readonly checkpoint: CheckpointPort
  readonly identify: IdentifyBudgetPort
  readonly gapLedger: GapLedgerPort
}

export interface ShardLeasePort {
  acquire(input: z.output<typeof AcquireShardsInput>): Promise<AcquiredShards>
  leave(input: z.output<typeof LeaveShardsInput>): Promise<unknown>
  renew(input: z.output<typeof RenewShardsInput>): Promise<RenewedShards>
  release(input: z.output<typeof ReleaseShardInput>): Promise<unknown>
}

export interface CheckpointPort {
  store(input: z.output<typeof CheckpointInput>): Promise<unknown>
}

export interface IdentifyBudgetPort {
  permit(input: z.output<typeof PermitInput>): Promise<SessionPermit>
  reserve(input: z.output<typeof ReservePermitInput>): Promise<ReservedPermit>
}

export interface GapLedgerPort {
  record(input: DataLossInput): Promise<unknown>
}
