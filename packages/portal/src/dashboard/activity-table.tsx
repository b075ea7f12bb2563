import type { GuildActivity } from '@guildmesh/contracts'
import { formatCount } from '../format/numbers.ts'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { bucketName } from './bucket-name.ts'
import { bucketInterval } from './bucket-interval.ts'

type Bucket = GuildActivity['buckets'][number]

/** The chart's numbers as a table, newest first. */
export function ActivityTable(props: { readonly buckets: readonly Bucket[] }) {
  const interval = bucketInterval(props.buckets)
  const columns: readonly Column<Bucket>[] = [
    {
      heading: interval === 'hour' ? 'Hour (UTC)' : 'Day (UTC)',
      cell: ({ start }) => bucketName(start, interval),
      names: true,
    },
    { heading: 'Messages', cell: ({ messages }) => formatCount(messages), numeric: true },
    { heading: 'Active members', cell: ({ members }) => formatCount(members), numeric: true },
  ]
  return (
    <DataTable
      caption={`Messages and active members by ${interval}`}
      columns={columns}
      rows={props.buckets.toReversed()}
      keyOf={({ start }) => String(start)}
      empty="There is nothing to show for this time."
      maxHeight="max-h-96"
    />
  )
}
