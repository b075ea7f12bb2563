import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { GuildId } from '@guildmesh/contracts'
import { ActivityQueries } from './activity-queries.ts'
import { dataCounter } from './count-data.ts'
import { guildReader, Statements } from './guild-reader.ts'
import type { GuildSnapshot, GuildStore } from './guild-store.ts'
import { InboxQueries } from './inbox-queries.ts'
import { migrate } from './migrations/migrate.ts'
import { OperationLog } from './operation-log.ts'
import { Ownership } from './ownership/ownership.ts'
import { admit } from './ownership/ownership-row.ts'
import { ParkedEvents } from './shards/parked-events.ts'
import { ShardSessions } from './shards/shard-sessions.ts'
import { openReadDatabase, openWriteDatabase } from './sqlite/open-database.ts'
import { lockVolume } from './sqlite/volume-lock.ts'
import { type GuildWork, Transactor, type WorkOutcome } from './transactor.ts'
import { VolumeFacts } from './volume-facts.ts'
import { WorkIndex } from './work-index.ts'

/**
 * Opens (and if needed creates and migrates) a gateway's database for this process alone.
 *
 * @throws VolumeInUseError if another process has it; SchemaTooNewError if a later version wrote it
 */
export function openGuildStore(options: { readonly path: string }): GuildStore {
  const { path } = options
  mkdirSync(dirname(path), { recursive: true })
  using opening = new DisposableStack()
  opening.use(lockVolume(path))
  const writable = openWriteDatabase(path)
  opening.defer(() => writable.close())
  migrate(writable)
  const readable = openReadDatabase(path)
  opening.defer(() => readable.close())

  const countData = dataCounter(writable)
  const ownership = new Ownership(writable, countData)
  const transactor = new Transactor(writable, ownership, new Statements(writable))
  const readStatements = new Statements(readable)
  const activity = new ActivityQueries(readable)

  function read<R>(
    guildId: GuildId,
    epoch: number | null,
    body: (snapshot: GuildSnapshot) => R,
  ): WorkOutcome<R> {
    const row = ownership.find(guildId)
    const refusal = admit(row, epoch, 'read')
    if (refusal || !row) return { kind: 'refused', refusal: refusal ?? { kind: 'NotOwner', knownEpoch: 0 } }
    let open = true
    const rows = guildReader(guildId, readStatements, () => open)
    const atOneMoment = readable.transaction(() => body({ epoch: row.epoch, rows, activity }))
    try {
      return { kind: 'done', value: atOneMoment() }
    } catch (error) {
      return { kind: 'failed', error }
    } finally {
      open = false
    }
  }

  const resources = opening.move()
  return {
    path,
    volume: new VolumeFacts(writable),
    ownership,
    index: new WorkIndex(readable),
    operations: new OperationLog(writable),
    inbox: new InboxQueries(readable),
    shards: { sessions: new ShardSessions(writable), parked: new ParkedEvents(writable) },
    transact: <R>(works: readonly GuildWork<R>[]) => transactor.transact(works),
    read,
    countData,
    [Symbol.dispose]: () => resources.dispose(),
  }
}
