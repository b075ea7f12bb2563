import type { MeshStatus } from '@guildmesh/contracts'
import { useQuery } from '@tanstack/react-query'
import { trpc } from '../api/client.ts'
import { formatCount } from '../format/numbers.ts'
import { StateMark, type Tone } from '../ui/state-mark.tsx'
import { GatewayTable } from './gateway-table.tsx'
import { PageHeading } from './page-heading.tsx'
import { QueryView } from './query-view.tsx'

/** Imbalance that needs an operator's attention. Source: the alert of the same name. */
const highImbalance = 1.2

/** `/admin`: the mesh at a glance, and its gateways. */
export function OverviewPage() {
  const status = useQuery(trpc.admin.status.queryOptions(undefined, { refetchInterval: 5000 }))
  return (
    <>
      <PageHeading title="Overview">
        {status.data ? <p className="text-sm text-dim">Edge {status.data.version}</p> : null}
      </PageHeading>
      <QueryView query={status} what="The state of the mesh">
        {(mesh) => (
          <>
            <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-xl border border-line bg-line md:grid-cols-5">
              {judgeMesh(mesh).map((item) => (
                <div
                  key={item.name}
                  className={`px-4 py-3 last:max-md:col-span-2 ${item.tone === 'bad' ? 'bg-bad-soft' : item.tone === 'warn' ? 'bg-warn-soft' : 'bg-surface'}`}
                >
                  <dt className="text-sm text-dim">{item.name}</dt>
                  <dd>
                    <span className="tabular block text-2xl leading-tight font-bold tracking-tight">
                      {item.value}
                    </span>
                    <span className="mt-0.5 flex items-baseline gap-2 text-sm">
                      <StateMark tone={item.tone} />
                      {item.hint}
                    </span>
                  </dd>
                </div>
              ))}
            </dl>
            <section aria-labelledby="gateways" className="mt-10">
              <h2 id="gateways" className="mb-3 text-xl font-bold tracking-tight">
                Gateways
              </h2>
              <GatewayTable gateways={mesh.gateways} />
            </section>
          </>
        )}
      </QueryView>
    </>
  )
}

interface MeshItem {
  readonly name: string
  readonly value: string
  readonly tone: Tone
  readonly hint: string
}

function judgeMesh(mesh: MeshStatus): readonly MeshItem[] {
  const ready = mesh.gateways.filter(({ status }) => status !== 'offline').length
  const away = mesh.gateways.length - ready
  const { count, held } = mesh.shards
  return [
    {
      name: 'Gateways ready',
      value: `${ready} of ${mesh.gateways.length}`,
      ...(away > 0 || ready === 0
        ? { tone: 'bad' as const, hint: away > 0 ? `${away} offline` : 'None is running' }
        : { tone: 'good' as const, hint: 'All hold their lease' }),
    },
    {
      name: 'Guilds assigned',
      value: formatCount(mesh.guilds.assigned),
      ...(mesh.guilds.unreachable > 0
        ? { tone: 'bad' as const, hint: `${formatCount(mesh.guilds.unreachable)} unreachable` }
        : { tone: 'good' as const, hint: 'All reachable' }),
    },
    {
      name: 'Shards held',
      value: count === null ? '–' : `${held} of ${count}`,
      ...(count === null
        ? { tone: 'quiet' as const, hint: 'Count not known yet' }
        : held < count
          ? { tone: 'bad' as const, hint: `${count - held} without a holder` }
          : { tone: 'good' as const, hint: 'Each has one holder' }),
    },
    {
      name: 'Open moves',
      value: formatCount(mesh.openMoves),
      tone: 'quiet',
      hint: mesh.openMoves === 0 ? 'Nothing is moving' : 'In progress',
    },
    {
      name: 'Imbalance',
      value: mesh.imbalance === null ? '–' : `× ${mesh.imbalance.toFixed(2)}`,
      ...(mesh.imbalance === null
        ? { tone: 'quiet' as const, hint: 'No guilds yet' }
        : mesh.imbalance > highImbalance
          ? { tone: 'warn' as const, hint: 'Fullest over mean' }
          : { tone: 'good' as const, hint: 'Fullest over mean' }),
    },
  ]
}
