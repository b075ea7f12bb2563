import type { GuildId } from '@guildmesh/contracts'
import type { ActivityQueries } from './activity-queries.ts'
import type { InboxQueries } from './inbox-queries.ts'
import type { GuildReader } from './guild-reader.ts'
import type { OperationLog } from './operation-log.ts'
import type { Ownership } from './ownership/ownership.ts'
import type { ParkedEvents } from './shards/parked-events.ts'
import type { ShardSessions } from './shards/shard-sessions.ts'
import type { GuildWork, WorkOutcome } from './transactor.ts'
import type { VolumeFacts } from './volume-facts.ts'
import type { WorkIndex } from './work-index.ts'

/** A consistent snapshot of one guild's rows. */
export interface GuildSnapshot {
  readonly epoch: number
  readonly rows: GuildReader
  readonly activity: ActivityQueries
}

/** A gateway's database. These are the only ways to its rows. */
export interface GuildStore extends Disposable {
  readonly path: string
  readonly volume: VolumeFacts
  readonly ownership: Ownership
  readonly index: WorkIndex
  readonly operations: OperationLog
  readonly inbox: InboxQueries
  /** What this gateway keeps as a holder of shards; nothing of its guilds. */
  readonly shards: { readonly sessions: ShardSessions; readonly parked: ParkedEvents }

  /**
   * Commits works of many guilds in one transaction; see `Transactor.transact`.
   * @throws SqliteError if the database itself fails: nothing was committed
   */
  transact<R>(works: readonly GuildWork<R>[]): WorkOutcome<R>[]

  /** Reads one guild at one moment, on a connection that cannot write. `epoch` as in `GuildWork`. */
  read<R>(guildId: GuildId, epoch: number | null, body: (snapshot: GuildSnapshot) => R): WorkOutcome<R>

  /** Rows of the guild by table, empty tables left out; see `dataCounter`. */
  countData(guildId: GuildId): Readonly<Record<string, number>>
}
