import { useQuery } from '@tanstack/react-query'
import { trpc } from '../api/client.ts'
import type { PortalOutputs } from '../api/portal-types.ts'
import { formatMoment } from '../format/times.ts'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { PageHeading } from './page-heading.tsx'
import { QueryView } from './query-view.tsx'

type Row = PortalOutputs['admin']['audit']['entries'][number]

const columns: readonly Column<Row>[] = [
  {
    heading: 'When',
    names: true,
    cell: ({ at }) => (
      <time dateTime={new Date(at).toISOString()} className="tabular font-normal">
        {formatMoment(at)}
      </time>
    ),
  },
  { heading: 'Who', cell: ({ actor }) => actor },
  { heading: 'What', cell: ({ action }) => action },
  { heading: 'On', cell: ({ subject }) => <span className="tabular">{subject}</span> },
  {
    heading: 'Reason',
    prose: true,
    cell: ({ reason }) => reason ?? <span className="text-dim">none given</span>,
  },
  {
    heading: 'Chain',
    cell: ({ hash }) => (
      <code className="font-mono text-dim" title={hash}>
        {hash.slice(0, 8)}
      </code>
    ),
  },
]

/** `/admin/audit`: who changed what, and why; each entry's hash covers the one before. */
export function AuditPage() {
  const audit = useQuery(trpc.admin.audit.queryOptions(undefined, { refetchInterval: 15_000 }))
  return (
    <>
      <PageHeading title="Audit" />
      <QueryView query={audit} what="The audit log">
        {(data) => (
          <DataTable
            caption="Audit log, latest first"
            columns={columns}
            rows={data.entries}
            keyOf={({ entryId }) => entryId}
            empty="Nobody has changed anything yet."
          />
        )}
      </QueryView>
    </>
  )
}
