import type { GuildId } from '@guildmesh/contracts'
import type { GuildWriter, RowChange } from '@guildmesh/guild-store'
import { put } from '@guildmesh/guild-store'
import type { Effects, OutboxCall, ScheduledJob } from '../kit/effects.ts'

/** Who caused effects: parts of the keys by which a repetition is known. */
export interface EffectSource {
  readonly feature: string
  /** The event position or command; the same one when it is repeated. */
  readonly sourceKey: string
  readonly now: number
}

/** Told while the transaction still runs; whoever acts on it looks into the store after this turn of the event loop. */
export interface EffectListener {
  callsWritten(guildId: GuildId): void
  jobsWritten(): void
}

/** Writes what a handler wants done: row changes, calls to the outbox, jobs. */
export type WriteEffects = (writer: GuildWriter, source: EffectSource, effects: Effects) => void

export function effectWriter(listener: EffectListener): WriteEffects {
  return (writer, source, { rows, calls = [], jobs = [] }) => {
    if (rows) writer.apply(rows)
    if (calls.length > 0) {
      const first = nextCallSeq(writer)
      writer.apply(calls.map((call, ordinal) => outboxRow(call, source, ordinal, first + ordinal)))
      listener.callsWritten(writer.guildId)
    }
    if (jobs.length > 0) {
      writer.apply(jobs.map((job) => jobRow(job, source)))
      listener.jobsWritten()
    }
  }
}

/** Calls of a guild are made in the order of these numbers. */
function nextCallSeq({ reader }: GuildWriter): number {
  const [last] = reader.list(
    'outbox',
    {},
    { columns: ['callSeq'], orderBy: 'callSeq', descending: true, limit: 1 },
  )
  return (last?.callSeq ?? 0) + 1
}

function outboxRow(call: OutboxCall, source: EffectSource, ordinal: number, callSeq: number): RowChange {
  return put('outbox', {
    callSeq,
    sourceKey: `${source.feature}/${source.sourceKey}`,
    ordinal,
    feature: source.feature,
    method: call.method,
    route: call.route,
    body: call.body ?? null,
    reason: call.reason ?? null,
    repeat: call.repeat,
    readBack: call.repeat === 'read-back' ? call.readBack : null,
    essential: call.essential ?? false,
    onResult: call.onResult?.step ?? null,
    context: call.onResult?.context ?? null,
    state: 'pending',
    attempts: 0,
    dueAt: source.now,
    createdAt: source.now,
    error: null,
  })
}

function jobRow(job: ScheduledJob, source: EffectSource): RowChange {
  return put('jobs', {
    jobId: `${source.feature}/${job.id}`,
    feature: source.feature,
    name: job.name,
    payload: job.payload ?? null,
    dueAt: job.dueAt,
    state: 'waiting',
    attempts: 0,
    createdAt: source.now,
    error: null,
  })
}
