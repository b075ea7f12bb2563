import type { TRPCClient } from '@trpc/client'
import type { AnyRouter } from '@trpc/server'
import type { TokenSource } from '../identity/identity.ts'
import type { Logger } from '../observability/logger.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { ConnectionState } from './transport.ts'

export interface MeshClientOptions {
  /** Who calls: the process's identity, or a join token while it has not been enrolled. */
  readonly self: TokenSource
  readonly logger: Logger
  readonly metrics: Metrics
}

/** A typed client of one target. Its calls fail with `MeshError`s. */
export interface MeshConnection<R extends AnyRouter> extends AsyncDisposable {
  readonly client: TRPCClient<R>
  readonly state: ConnectionState
}
