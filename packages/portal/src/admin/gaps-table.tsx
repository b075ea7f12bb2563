import type { Gap } from '@guildmesh/contracts'
import { useQuery } from '@tanstack/react-query'
import { trpc } from '../api/client.ts'
import { Ago } from '../ui/ago.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { QueryView } from './query-view.tsx'

const columns: readonly Column<Gap>[] = [
  { heading: 'Detected', names: true, cell: ({ detectedAt }) => <Ago at={detectedAt} /> },
  { heading: 'Shard', numeric: true, cell: ({ shardId }) => shardId },
  {
    heading: 'Guilds',
    numeric: true,
    cell: ({ guildId, guilds }) => guildId ?? guilds ?? '–',
  },
  { heading: 'Reason', prose: true, cell: ({ reason }) => reason },
  { heading: 'Recovered', prose: true, cell: ({ recovered }) => recovered.join('; ') },
  { heading: 'Lost', prose: true, cell: ({ unrecoverable }) => unrecoverable.join('; ') },
]

/** Events that Discord will never send again, and what was done about them. */
export function GapsTable() {
  const gaps = useQuery(trpc.admin.gaps.queryOptions({ limit: 50 }, { refetchInterval: 15_000 }))
  return (
    <section className="mt-10" aria-labelledby="gaps">
      <h2 id="gaps" className="mb-3 text-xl font-bold tracking-tight">
        Gaps
      </h2>
      <QueryView query={gaps} what="The gaps">
        {(data) => (
          <DataTable
            caption="Gaps in the events from Discord"
            columns={columns}
            rows={data.gaps}
            keyOf={({ gapId }) => String(gapId)}
            empty="No event was ever missed."
          />
        )}
      </QueryView>
    </section>
  )
}
