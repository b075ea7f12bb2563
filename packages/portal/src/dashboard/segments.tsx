import { Link } from '@tanstack/react-router'
import type { DashboardSearch } from './dashboard-search.ts'

/** One choice of a row of choices. */
export interface Segment {
  readonly text: string
  /** What a screen reader says in place of a short text. Starts with it, for people who use voice control. */
  readonly spoken?: string
  readonly chosen: boolean
  /** The address of the choice; `null` if it does not suit the others. */
  readonly search: DashboardSearch | null
}

/** Choices that are addresses: each can be shared, opened in another tab, and undone with Back. */
export function Segments(props: { readonly label: string; readonly segments: readonly Segment[] }) {
  return (
    <nav aria-label={props.label}>
      <ul className="flex rounded-md border border-edge/60 bg-surface p-0.5 text-sm font-semibold">
        {props.segments.map((segment) => (
          <li key={segment.text}>
            {segment.search ? (
              <Link
                from="/guild/$guildId/dashboard"
                to="."
                search={segment.search}
                resetScroll={false}
                aria-label={segment.spoken ?? segment.text}
                aria-current={segment.chosen ? 'true' : 'false'}
                // Not exact, the router would call an address current that says less than the present one.
                activeOptions={{ exact: true }}
                className={`flex min-h-8 min-w-10 items-center justify-center rounded px-2.5 ${segment.chosen ? 'bg-accent text-on-accent forced-colors:bg-[Highlight] forced-colors:text-[HighlightText] forced-colors:forced-color-adjust-none' : 'text-dim hover:bg-sunken hover:text-ink'}`}
              >
                {segment.text}
              </Link>
            ) : (
              <span className="flex min-h-8 min-w-10 items-center justify-center px-2.5 text-dim line-through decoration-edge">
                {segment.text}
                <span className="sr-only">, not for this lookback</span>
              </span>
            )}
          </li>
        ))}
      </ul>
    </nav>
  )
}
