import type { ShardList } from '@guildmesh/contracts'
import { useQuery } from '@tanstack/react-query'
import { trpc } from '../api/client.ts'
import { formatCount } from '../format/numbers.ts'
import { Ago } from '../ui/ago.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { DataLossTable } from './data-loss-table.tsx'
import { PageHeading } from './page-heading.tsx'
import { QueryView } from './query-view.tsx'

type Row = ShardList['shards'][number]

const columns: readonly Column<Row>[] = [
  { heading: 'Shard', names: true, cell: ({ shardId }) => <span className="tabular">{shardId}</span> },
  {
    heading: 'Holder',
    cell: ({ holder }) => (
      <span className="inline-flex items-baseline gap-2">
        <StateMark tone={holder ? 'good' : 'bad'} />
        {holder ?? 'none'}
      </span>
    ),
  },
  { heading: 'Epoch', numeric: true, cell: ({ epoch }) => epoch },
  { heading: 'Session', numeric: true, cell: ({ generation }) => generation ?? '–' },
  {
    heading: 'Resumes from',
    numeric: true,
    cell: ({ seq }) => (seq === null ? '–' : formatCount(seq)),
  },
  {
    heading: 'Parked events',
    numeric: true,
    cell: ({ parked }) => (parked.events === 0 ? '–' : formatCount(parked.events)),
  },
  {
    heading: 'Lease renewed',
    numeric: true,
    cell: ({ renewedAt }) => (renewedAt === null ? '–' : <Ago at={renewedAt} />),
  },
]

/** `/admin/shards`: who holds the connections to Discord. */
export function ShardsPage() {
  const shards = useQuery(trpc.admin.shards.queryOptions(undefined, { refetchInterval: 5000 }))
  return (
    <>
      <PageHeading title="Shards" />
      <QueryView query={shards} what="The shards">
        {(data) => (
          <DataTable
            caption="Discord shards and their holders"
            columns={columns}
            rows={data.shards}
            keyOf={({ shardId }) => String(shardId)}
            empty="No shard is known yet: the first gateway that starts says how many there are."
          />
        )}
      </QueryView>
      <DataLossTable />
    </>
  )
}
