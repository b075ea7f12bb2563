import type { z } from 'zod'
import type { Call } from '../rpc/call.ts'
import type { Done } from '../rpc/done.ts'
import type { CheckpointInput } from './checkpoint-schemas.ts'
import type { DataLossInput, DataLossList, ListDataLossesInput } from './gap-ledger-schemas.ts'
import type { PermitInput, ReservedPermit, ReservePermitInput, SessionPermit } from './identify-schemas.ts'
import type * as leases from './lease-schemas.ts'

type In<S extends z.ZodType> = z.output<S>

/** What concerns Discord's shards: four ports, each of which can be understood by itself. */
export interface ShardPorts {
  readonly lease: ShardLeasePort
  readonly checkpoint: CheckpointPort
  readonly identify: IdentifyBudgetPort
  readonly gapLedger: GapLedgerPort
}

/** Who holds which shard. */
export interface ShardLeasePort {
  /** Free shards up to the caller's quota. A gateway that asks takes part in the division until it leaves. */
  acquire(input: In<typeof leases.AcquireShardsInput>, call: Call): Promise<leases.AcquiredShards>
  /** This incarnation takes no shards any more: those that it gives back go to others at once. */
  leave(input: In<typeof leases.LeaveShardsInput>, call: Call): Promise<Done>
  renew(input: In<typeof leases.RenewShardsInput>, call: Call): Promise<leases.RenewedShards>
  /** Gives a shard back, with its last checkpoint. @throws MeshError StaleEpoch if the lease is another's by now */
  release(input: In<typeof leases.ReleaseShardInput>, call: Call): Promise<Done>
  list(call: Call): Promise<leases.ShardList>
}

/** From where a shard's next holder RESUMEs. */
export interface CheckpointPort {
  /** A seq never falls, and an ended session never comes back. @throws MeshError StaleEpoch */
  store(input: In<typeof CheckpointInput>, call: Call): Promise<Done>
}

/** The bot's daily budget of IDENTIFYs (I14). */
export interface IdentifyBudgetPort {
  /** @throws MeshError IdentifyBudgetSpent, StaleEpoch */
  permit(input: In<typeof PermitInput>, call: Call): Promise<SessionPermit>
  /** The lease's one reserved permit, reserved now if it had none. @throws MeshError IdentifyBudgetSpent, StaleEpoch */
  reserve(input: In<typeof ReservePermitInput>, call: Call): Promise<ReservedPermit>
}

/** The record of every data loss. Rows are never deleted. */
export interface GapLedgerPort {
  /** Recording a loss again adds what is known of it. Needs no lease: it is about the past. */
  record(input: In<typeof DataLossInput>, call: Call): Promise<Done>
  /** Latest first. */
  list(input: In<typeof ListDataLossesInput>, call: Call): Promise<DataLossList>
}
