import type { GuildId } from '@guildmesh/contracts'
import type { LogPort, Timers } from '@guildmesh/runtime'
import type { LaneLoss } from '../delivery/held-event.ts'
import type { KnownSession } from '../delivery/session-progress.ts'
import { GapReporter, type ReportedLoss } from './gap-reporter.ts'
import type { SessionEndReason } from './protocol/shard-state.ts'
import type { ShardMetrics } from './shard-metrics.ts'
import type { GapLedgerPort, HolderClaim } from './shard-ports.ts'

export interface DataLossesOptions {
  readonly claim: () => HolderClaim
  readonly gapLedger: GapLedgerPort
  readonly timers: Timers
  readonly log: LogPort
  readonly metrics: Pick<ShardMetrics, 'dataLoss'>
}

/** What nobody can send again of a shard: counted once, and written to the gap ledger. */
export class DataLosses {
  readonly #options: DataLossesOptions
  readonly #reporter: GapReporter

  constructor(options: DataLossesOptions) {
    const { claim, gapLedger, timers, log } = options
    this.#options = options
    this.#reporter = new GapReporter({
      record: (loss) => {
        const { gatewayId, incarnation, shardId } = claim()
        return gapLedger.record({ gatewayId, incarnation, shardId, ...loss })
      },
      onFailure: (loss, error) =>
        log.warn(
          { event: 'data-loss-not-recorded', shardId: claim().shardId, ...loss, err: error },
          'could not write a data loss to the gap ledger yet; retrying',
        ),
      timers,
    })
  }

  /**
   * Discord will not resume the session: whatever it would have sent after `received` never comes. The connection has
   * told the log why.
   * @param undelivered events that are still held, of any session
   */
  sessionEnded(
    { generation }: KnownSession,
    received: number,
    { reason, guilds, undelivered }: { reason: SessionEndReason; guilds: number; undelivered: number },
  ): void {
    const after = { generation, seq: received }
    this.#tell({ guildId: null, after, before: null, reason, guilds, undelivered })
  }

  /** The owner of a guild lacks events that no gateway holds any more. */
  laneLost(guildId: GuildId, { after, before }: LaneLoss, undelivered: number): void {
    const { claim, log } = this.#options
    log.error(
      { event: 'data-loss', shardId: claim().shardId, guildId, after, before },
      'data loss: the owner lacks events that no gateway holds any more; the lane goes on after them',
    )
    const from = after ?? { generation: before.generation, seq: 0 }
    this.#tell({ guildId, after: from, before, reason: 'not-held', guilds: 1, undelivered })
  }

  /** Ends; resolves when nothing is under way. */
  stop(): Promise<void> {
    return this.#reporter.stop()
  }

  #tell(loss: ReportedLoss): void {
    const { claim, metrics } = this.#options
    metrics.dataLoss(claim().shardId, loss.reason)
    this.#reporter.report(loss)
  }
}
