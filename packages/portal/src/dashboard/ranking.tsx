import { useId } from 'react'
import { formatCount } from '../format/numbers.ts'

/** An entry of a ranking. `name` is `null` if it is no longer known, or hidden from the bot. */
export interface RankingEntry {
  readonly id: string
  readonly name: string | null
  readonly hidden?: boolean
  readonly messages: number
}

/** A ranking by messages, each with a bar as long as its share of the first. */
export function Ranking(props: {
  readonly title: string
  readonly nobody: string
  readonly entries: readonly RankingEntry[]
  readonly prefix?: string
}) {
  const id = useId()
  const most = Math.max(1, ...props.entries.map(({ messages }) => messages))
  return (
    <section aria-labelledby={id}>
      <h2 id={id} className="border-b border-line pb-2 text-lg font-bold tracking-tight">
        {props.title}
      </h2>
      {props.entries.length === 0 ? <p className="py-4 text-dim">{props.nobody}</p> : null}
      <ol>
        {props.entries.map((entry) => (
          <li key={entry.id} className="relative flex items-baseline gap-3 py-2">
            <span className="min-w-0 flex-1 truncate" title={entry.id}>
              {entry.name === null ? (
                <span className="text-dim">
                  {entry.hidden ? 'Hidden from the bot' : 'No longer here'} ({entry.id})
                </span>
              ) : (
                <>
                  {props.prefix ? <span className="text-dim">{props.prefix}</span> : null}
                  {entry.name}
                </>
              )}
            </span>
            <span className="tabular font-semibold">
              {formatCount(entry.messages)}
              <span className="sr-only"> messages</span>
            </span>
            <span aria-hidden="true" className="absolute inset-x-0 bottom-0 h-0.5 bg-line">
              <span
                className="block h-full bg-accent forced-colors:bg-[CanvasText]"
                style={{ width: `${(entry.messages / most) * 100}%` }}
              />
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}
