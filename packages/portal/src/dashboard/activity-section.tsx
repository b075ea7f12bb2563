import type { GuildActivity } from '@guildmesh/contracts'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { CatchBoundary } from '@tanstack/react-router'
import { lazy, type ReactNode, Suspense, useRef } from 'react'
import { trpc } from '../api/client.ts'
import { useNow } from '../format/use-now.ts'
import { FailureNotice } from '../ui/failure-notice.tsx'
import { Loading, Skeleton } from '../ui/skeleton.tsx'
import { ActivityTable } from './activity-table.tsx'
import { chartWindow, figuresWindow } from './activity-window.ts'
import {
  type DashboardSearch,
  type DashboardView,
  type Lookback,
  lookbacks,
  suitedIntervals,
} from './dashboard-search.ts'
import { Figures } from './figures.tsx'
import { lookbackNames } from './lookback-names.ts'
import { Ranking } from './ranking.tsx'
import { Segments } from './segments.tsx'

/** The plotting library comes with the chart, after everything that can be read already. */
const ActivityChart = lazy(async () => ({ default: (await import('./activity-chart.tsx')).ActivityChart }))

/** Figures, chart (or its table) and rankings: one lookback for all. */
export function ActivitySection(props: {
  readonly guildId: string
  readonly view: DashboardView
  /** Stands beside the rankings. */
  readonly settings: ReactNode
}) {
  const { guildId, view } = props
  const now = useNow(20_000)
  const window = chartWindow(view.lookback, view.interval, now)
  const options = { placeholderData: keepPreviousData, staleTime: 5000 }
  const chart = useQuery(trpc.guild.activity.queryOptions({ guildId, ...window }, options))
  const figures = useQuery(
    trpc.guild.activity.queryOptions(
      { guildId, ...figuresWindow(view.lookback, view.interval, now) },
      options,
    ),
  )
  // Figures of the lookback chosen before stay until the new ones are there, under their own name.
  const shownLookback = useRef(view.lookback)
  if (!figures.isPlaceholderData) shownLookback.current = view.lookback
  const error = figures.error ?? chart.error
  const retry = () => {
    void figures.refetch()
    void chart.refetch()
  }
  return (
    <>
      <section aria-labelledby="activity" className="mt-10">
        <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
          <h2 id="activity" className="mr-auto text-xl font-bold tracking-tight">
            Activity
          </h2>
          <Choices view={view} />
        </div>
        {error ? (
          <div className="mt-4">
            <FailureNotice error={error} what="The activity" retry={retry} retrying={figures.isFetching} />
          </div>
        ) : null}
        {figures.data ? (
          <Figures
            totals={figures.data.totals}
            previous={figures.data.previous}
            period={lookbackNames[shownLookback.current]}
            dated={figures.isPlaceholderData}
          />
        ) : error ? null : (
          <Skeleton className="mt-5 h-24" />
        )}
        <div className="mt-6">
          {!chart.data ? (
            error ? null : (
              <>
                <Loading what="the activity" />
                <Skeleton className="h-84" />
              </>
            )
          ) : view.view === 'table' ? (
            <ActivityTable buckets={chart.data.buckets} />
          ) : (
            <ChartOrTable buckets={chart.data.buckets} now={now} />
          )}
        </div>
      </section>
      <div className="mt-10 grid gap-x-12 gap-y-10 md:grid-cols-2 lg:grid-cols-3">
        {figures.data ? (
          <>
            <Ranking
              title="Most active members"
              nobody="Nobody wrote anything in this time."
              entries={figures.data.topMembers.map(({ userId, name, messages }) => ({
                id: userId,
                name,
                messages,
              }))}
            />
            <Ranking
              title="Busiest channels"
              nobody="Nothing was written in this time."
              prefix="#"
              entries={figures.data.topChannels.map(({ channelId, name, hidden, messages }) => ({
                id: channelId,
                name,
                hidden,
                messages,
              }))}
            />
          </>
        ) : error ? null : (
          <>
            <Skeleton className="h-64" />
            <Skeleton className="h-64" />
          </>
        )}
        {props.settings}
      </div>
    </>
  )
}

/** If the chart cannot be loaded or drawn, its table stands in. */
function ChartOrTable(props: { readonly buckets: GuildActivity['buckets']; readonly now: number }) {
  return (
    <CatchBoundary
      getResetKey={() => 'chart'}
      errorComponent={() => <ActivityTable buckets={props.buckets} />}
    >
      <Suspense fallback={<Skeleton className="h-84" />}>
        <ActivityChart buckets={props.buckets} now={props.now} />
      </Suspense>
    </CatchBoundary>
  )
}

/** `14 d` */
function shortName(lookback: Lookback): string {
  return `${lookback.slice(0, -1)} ${lookback.slice(-1)}`
}

function Choices({ view }: { readonly view: DashboardView }) {
  const suited = suitedIntervals(view.lookback)
  const table: DashboardSearch = view.view === 'table' ? { view: 'table' } : {}
  const here: DashboardSearch = { lookback: view.lookback, interval: view.interval }
  return (
    <>
      <Segments
        label="Look back"
        segments={lookbacks.map((lookback) => ({
          text: shortName(lookback),
          spoken: `${shortName(lookback)}, the last ${lookbackNames[lookback]}`,
          chosen: lookback === view.lookback,
          search: { lookback, ...table },
        }))}
      />
      <Segments
        label="Interval"
        segments={(['hour', 'day'] as const).map((interval) => ({
          text: interval === 'hour' ? 'Hours' : 'Days',
          chosen: interval === view.interval,
          search: suited.includes(interval) ? { lookback: view.lookback, interval, ...table } : null,
        }))}
      />
      <Segments
        label="Show as"
        segments={[
          { text: 'Chart', chosen: view.view === 'chart', search: here },
          { text: 'Table', chosen: view.view === 'table', search: { ...here, view: 'table' } },
        ]}
      />
    </>
  )
}
