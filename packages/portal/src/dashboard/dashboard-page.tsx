import type { PortalOverview } from '@guildmesh/contracts'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { trpc } from '../api/client.ts'
import { failureOf } from '../api/failure-of.ts'
import { formatAge } from '../format/times.ts'
import { useNow } from '../format/use-now.ts'
import { FailureNotice } from '../ui/failure-notice.tsx'
import { Loading, Skeleton } from '../ui/skeleton.tsx'
import { ActivitySection } from './activity-section.tsx'
import { refetchGapMs } from './activity-window.ts'
import { ClosedGuildPage, closesGuild } from './closed-guild-page.tsx'
import { dashboardView } from './dashboard-search.ts'
import { GuildMasthead } from './guild-masthead.tsx'
import { HealthStrip } from './health-strip.tsx'
import { SettingsSummary } from './settings-summary.tsx'
import { useLiveGuild } from './use-live-guild.ts'

const route = getRouteApi('/guild/$guildId/dashboard')

/** `/guild/:id/dashboard`: a server's health and activity, live. */
export function DashboardPage() {
  // The edge checks the id, and answers a wrong one with a typed failure.
  const { guildId } = route.useParams()
  const overview = useQuery(trpc.guild.overview.queryOptions({ guildId }))
  if (overview.data && !(overview.error && closesGuild(failureOf(overview.error)))) {
    return (
      <Dashboard
        key={guildId}
        guildId={guildId}
        overview={overview.data}
        readAt={overview.dataUpdatedAt}
        error={overview.error}
      />
    )
  }
  if (!overview.error) return <DashboardSkeleton />
  const failure = failureOf(overview.error)
  if (closesGuild(failure)) return <ClosedGuildPage failure={failure} guildId={guildId} />
  return (
    <>
      <title>Dashboard · guildmesh</title>
      <h1 className="text-3xl font-bold tracking-tight">Dashboard</h1>
      <div className="mt-6">
        <FailureNotice
          error={overview.error}
          what="This server"
          title={failure.kind === 'Unavailable' ? 'This server is temporarily unreachable' : undefined}
          retry={() => void overview.refetch()}
          retrying={overview.isFetching}
        />
      </div>
    </>
  )
}

function Dashboard(props: {
  readonly guildId: string
  readonly overview: PortalOverview
  /** When the overview was read, by the browser's clock. */
  readonly readAt: number
  readonly error: unknown
}) {
  const { overview } = props
  const now = useNow(10_000)
  const view = dashboardView(route.useSearch())
  const live = useLiveGuild(props.guildId, refetchGapMs(view.lookback))
  return (
    <>
      <title>{`${overview.name} · guildmesh`}</title>
      <GuildMasthead overview={overview} live={live} />
      {props.error ? (
        <div className="mt-4">
          <FailureNotice error={props.error} what={`Showing data from ${formatAge(props.readAt, now)}`} />
        </div>
      ) : null}
      <HealthStrip overview={overview} />
      <ActivitySection
        guildId={props.guildId}
        view={view}
        settings={<SettingsSummary overview={overview} />}
      />
    </>
  )
}

function DashboardSkeleton() {
  return (
    <>
      <title>Dashboard · guildmesh</title>
      <Loading what="the dashboard" />
      <div className="flex items-center gap-4">
        <Skeleton className="size-16 rounded-xl" />
        <div className="grid gap-2">
          <Skeleton className="h-8 w-56" />
          <Skeleton className="h-4 w-36" />
        </div>
      </div>
      <Skeleton className="mt-6 h-24" />
      <Skeleton className="mt-8 h-24" />
      <Skeleton className="mt-6 h-80" />
    </>
  )
}
