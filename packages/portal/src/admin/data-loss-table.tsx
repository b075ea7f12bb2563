import type { DataLoss, DataLossReason } from '@guildmesh/contracts'
import { useQuery } from '@tanstack/react-query'
import { trpc } from '../api/client.ts'
import { Ago } from '../ui/ago.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { QueryView } from './query-view.tsx'

const reasons: Readonly<Record<DataLossReason, string>> = {
  'invalid-session': 'Discord ended the session (op 9)',
  'session-closed': 'Discord ended the session (close code)',
  'resume-failed': 'Discord did not resume the session',
  'session-ended': 'The session ended; its holder has not reported why',
  'not-held': 'No gateway holds the missing events any more',
}

const columns: readonly Column<DataLoss>[] = [
  { heading: 'Detected', names: true, cell: ({ detectedAt }) => <Ago at={detectedAt} /> },
  { heading: 'Shard', numeric: true, cell: ({ shardId }) => shardId },
  {
    heading: 'Guilds',
    numeric: true,
    cell: ({ guildId, guilds }) => guildId ?? guilds ?? '–',
  },
  { heading: 'Reason', prose: true, cell: ({ reason }) => reasons[reason] },
  { heading: 'Recovered', prose: true, cell: ({ recovered }) => recovered.join('; ') },
  { heading: 'Lost', prose: true, cell: ({ unrecoverable }) => unrecoverable.join('; ') },
]

/** The gap ledger: events that nobody can send again, and what was done about them. */
export function DataLossTable() {
  const ledger = useQuery(trpc.admin.gapLedger.queryOptions({ limit: 50 }, { refetchInterval: 15_000 }))
  return (
    <section className="mt-10" aria-labelledby="data-loss">
      <h2 id="data-loss" className="mb-3 text-xl font-bold tracking-tight">
        Data loss
      </h2>
      <QueryView query={ledger} what="The gap ledger">
        {(data) => (
          <DataTable
            caption="Events from Discord that nobody can send again"
            columns={columns}
            rows={data.losses}
            keyOf={({ lossId }) => String(lossId)}
            empty="No event was ever lost."
          />
        )}
      </QueryView>
    </section>
  )
}
