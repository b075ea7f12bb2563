import type { AssignmentPage } from '@guildmesh/contracts'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useId, useState } from 'react'
import { trpc } from '../api/client.ts'
import { countOf } from '../format/numbers.ts'
import { Ago } from '../ui/ago.tsx'
import { buttonLook } from '../ui/button-look.ts'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { GuildLocator } from './guild-locator.tsx'
import { PageHeading } from './page-heading.tsx'
import { QueryView } from './query-view.tsx'
import { ReassignDialog } from './reassign-dialog.tsx'

const route = getRouteApi('/admin/guilds')
const pageSize = 100

type Row = AssignmentPage['assignments'][number]

/** `/admin/guilds`: which gateway owns which guild. */
export function GuildsPage() {
  const search = route.useSearch()
  const [chosen, setChosen] = useState<Pick<Row, 'guildId' | 'gatewayId' | 'epoch'> | null>(null)
  const page = useQuery(
    trpc.admin.guilds.queryOptions(
      {
        limit: pageSize,
        ...(search.gateway ? { gatewayId: search.gateway } : {}),
        ...(search.after ? { after: search.after } : {}),
      },
      { placeholderData: keepPreviousData, refetchInterval: 15_000 },
    ),
  )
  const columns: readonly Column<Row>[] = [
    { heading: 'Guild', names: true, cell: ({ guildId }) => <GuildLink guildId={guildId} /> },
    { heading: 'Gateway', cell: ({ gatewayId }) => gatewayId },
    { heading: 'Epoch', numeric: true, cell: ({ epoch }) => epoch },
    {
      heading: 'Assigned',
      cell: ({ assignedAt }) => <Ago at={assignedAt} />,
    },
    {
      heading: 'Last seen',
      cell: ({ lastSeenAt }) =>
        lastSeenAt === null ? <span className="text-dim">never</span> : <Ago at={lastSeenAt} />,
    },
    {
      heading: 'Action',
      quietHeading: true,
      numeric: true,
      cell: (row) => (
        <button
          type="button"
          aria-label={`Reassign… guild ${row.guildId}`}
          className={buttonLook('plain', 'small')}
          onClick={() => setChosen(row)}
        >
          Reassign…
        </button>
      ),
    },
  ]
  return (
    <>
      <PageHeading title="Guilds">
        <GatewayFilter chosen={search.gateway} />
      </PageHeading>
      <GuildLocator located={search.guild} reassign={setChosen} />
      <QueryView query={page} what="The guilds">
        {(data) => (
          <>
            <DataTable
              caption="Guilds and the gateways that own them"
              columns={columns}
              rows={data.assignments}
              keyOf={({ guildId }) => guildId}
              empty={
                search.after
                  ? 'There are no more guilds.'
                  : search.gateway
                    ? `${search.gateway} owns no guild.`
                    : 'No guild is assigned yet. One is as soon as the bot joins it.'
              }
            />
            <div className="mt-3 flex items-center justify-between gap-4">
              <p className="tabular text-sm text-dim">
                {countOf(data.total, 'guild')} in all{search.gateway ? ` on ${search.gateway}` : ''}
              </p>
              <div className="flex gap-2">
                {search.after ? (
                  <Link
                    to="/admin/guilds"
                    search={search.gateway ? { gateway: search.gateway } : {}}
                    className={buttonLook('plain', 'small')}
                  >
                    First page
                  </Link>
                ) : null}
                {data.next ? (
                  <Link
                    to="/admin/guilds"
                    search={{ ...(search.gateway ? { gateway: search.gateway } : {}), after: data.next }}
                    className={buttonLook('plain', 'small')}
                  >
                    Next page
                  </Link>
                ) : null}
              </div>
            </div>
          </>
        )}
      </QueryView>
      {chosen ? <ReassignDialog assignment={chosen} close={() => setChosen(null)} /> : null}
    </>
  )
}

function GuildLink({ guildId }: { readonly guildId: string }) {
  return (
    <Link
      to="/guild/$guildId/dashboard"
      params={{ guildId }}
      className="tabular underline decoration-edge underline-offset-3 hover:decoration-ink"
    >
      {guildId}
    </Link>
  )
}

function GatewayFilter({ chosen }: { readonly chosen: string | undefined }) {
  const id = useId()
  const navigate = route.useNavigate()
  const gateways = useQuery(trpc.admin.gateways.queryOptions())
  const ids: string[] = (gateways.data?.gateways ?? []).map(({ gatewayId }) => gatewayId)
  if (chosen && !ids.includes(chosen)) ids.push(chosen)
  return (
    <div className="flex items-center gap-2">
      <label htmlFor={id} className="text-sm font-semibold">
        Gateway
      </label>
      <select
        id={id}
        value={chosen ?? ''}
        onChange={(event) => {
          const gateway = event.target.value
          void navigate({ search: gateway ? { gateway } : {} })
        }}
        className="min-h-9 rounded-md border border-edge bg-surface px-2"
      >
        <option value="">All</option>
        {ids.map((gatewayId) => (
          <option key={gatewayId} value={gatewayId}>
            {gatewayId}
          </option>
        ))}
      </select>
    </div>
  )
}
