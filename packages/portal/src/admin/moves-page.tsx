import type { Move } from '@guildmesh/contracts'
import { useQuery } from '@tanstack/react-query'
import { trpc } from '../api/client.ts'
import { explainFailure } from '../api/explain-failure.ts'
import { formatDuration } from '../format/times.ts'
import { Ago } from '../ui/ago.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { StateMark, type Tone } from '../ui/state-mark.tsx'
import { PageHeading } from './page-heading.tsx'
import { QueryView } from './query-view.tsx'

const columns: readonly Column<Move>[] = [
  { heading: 'Guild', names: true, cell: ({ guildId }) => <span className="tabular">{guildId}</span> },
  {
    heading: 'From → to',
    cell: ({ source, target }) => `${source} → ${target}`,
  },
  {
    heading: 'State',
    cell: (move) => (
      <>
        <span className="inline-flex items-baseline gap-2">
          <StateMark tone={toneOf(move.state)} />
          {move.state}
        </span>
        {move.failure ? <span className="block text-dim">{explainFailure(move.failure).title}</span> : null}
      </>
    ),
  },
  { heading: 'Reason', prose: true, cell: ({ reason }) => reason },
  { heading: 'By', cell: ({ requestedBy }) => requestedBy },
  {
    heading: 'Started',
    cell: ({ startedAt }) => <Ago at={startedAt} />,
  },
  {
    heading: 'Took',
    numeric: true,
    cell: ({ startedAt, endedAt }) => (endedAt === null ? '–' : formatDuration(endedAt - startedAt)),
  },
]

/** `/admin/moves`: moves of guilds between gateways, latest first. */
export function MovesPage() {
  const moves = useQuery(trpc.admin.moves.queryOptions({ limit: 100 }, { refetchInterval: 3000 }))
  return (
    <>
      <PageHeading title="Moves" />
      <QueryView query={moves} what="The moves">
        {(data) => (
          <DataTable
            caption="Moves of guilds between gateways"
            columns={columns}
            rows={data.moves}
            keyOf={({ moveId }) => moveId}
            empty="No guild has been moved yet. Reassign one from the list of guilds."
          />
        )}
      </QueryView>
    </>
  )
}

function toneOf(state: MoveStateName): Tone {
  switch (state) {
    case 'done':
    case 'activated':
      return 'good'
    case 'aborted':
      return 'bad'
    case 'planned':
    case 'copying':
    case 'freezing':
    case 'verified':
    case 'switched':
      return 'quiet'
    default:
      return state satisfies never
  }
}

type MoveStateName = Move['state']
