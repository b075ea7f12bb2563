import type {
  AcquiredShards,
  AcquireShardsInput,
  CommitShardInput,
  GapInput,
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

/** The config API's shard leases, as a holder uses them; see `ShardPort` for what each promises. */
export interface ShardLeasesPort {
  acquire(input: z.output<typeof AcquireShardsInput>): Promise<AcquiredShards>
  leave(input: z.output<typeof LeaveShardsInput>): Promise<unknown>
  renew(input: z.output<typeof RenewShardsInput>): Promise<RenewedShards>
  release(input: z.output<typeof ReleaseShardInput>): Promise<unknown>
  commit(input: z.output<typeof CommitShardInput>): Promise<unknown>
  gap(input: z.output<typeof GapInput>): Promise<unknown>
  reserve(input: z.output<typeof ReservePermitInput>): Promise<ReservedPermit>
  permit(input: z.output<typeof PermitInput>): Promise<SessionPermit>
}
