import type { GuildActivity } from '@guildmesh/contracts'
import { formatCount } from '../format/numbers.ts'
import { compare, type Comparison } from './compare.ts'

type Totals = GuildActivity['totals']

const shown: readonly { readonly key: keyof Totals; readonly name: string }[] = [
  { key: 'messages', name: 'Messages' },
  { key: 'members', name: 'Active members' },
  { key: 'channels', name: 'Active channels' },
  { key: 'words', name: 'Words' },
  { key: 'reactions', name: 'Reactions' },
]

/** The figures of a lookback, each beside the figure of the period of the same length before. */
export function Figures(props: {
  readonly totals: Totals
  readonly previous: Totals
  /** As `14 days`. */
  readonly period: string
  /** The figures still belong to the lookback chosen before. */
  readonly dated: boolean
}) {
  return (
    <dl
      className={`mt-5 grid grid-cols-2 border-t border-line transition-opacity md:grid-cols-5 ${props.dated ? 'opacity-50' : ''}`}
    >
      {shown.map(({ key, name }) => {
        const before = props.previous[key]
        const comparison = compare(props.totals[key], before)
        return (
          <div
            key={key}
            className="border-b border-line py-3.5 pr-3 max-md:even:border-l max-md:even:pl-4 max-md:last:col-span-2 md:border-l md:px-5 md:first:border-l-0 md:first:pl-0"
          >
            <dt className="text-sm text-dim">{name}</dt>
            <dd>
              <span className="tabular block text-3xl leading-tight font-bold tracking-tight">
                {formatCount(props.totals[key])}
              </span>
              <span className="tabular mt-0.5 block text-sm text-dim">
                <Change comparison={comparison} />
                {comparison.kind === 'first' ? (
                  <span className="sr-only"> for the {props.period} before</span>
                ) : (
                  <>
                    <span className="sr-only">
                      {' '}
                      compared with {formatCount(before)} in the {props.period} before
                    </span>
                    <span aria-hidden="true"> from {formatCount(before)}</span>
                  </>
                )}
              </span>
            </dd>
          </div>
        )
      })}
    </dl>
  )
}

/** More is not better, and less is not worse: a change has a direction, and no colour of its own. */
function Change({ comparison }: { readonly comparison: Comparison }) {
  switch (comparison.kind) {
    case 'same':
      return <span>No change</span>
    case 'first':
      return <span>No earlier data</span>
    case 'more':
      return (
        <span className="font-semibold text-ink">
          <span aria-hidden="true">▲ </span>
          <span className="sr-only">Up </span>
          {formatCount(comparison.percent)} %
        </span>
      )
    case 'less':
      return (
        <span className="font-semibold text-ink">
          <span aria-hidden="true">▼ </span>
          <span className="sr-only">Down </span>
          {formatCount(comparison.percent)} %
        </span>
      )
    default:
      return comparison satisfies never
  }
}
