import { formatAgo, formatMoment } from '../format/times.ts'
import { useNow } from '../format/use-now.ts'

/** A moment (epoch milliseconds) in words that stay true; the full time on hover. */
export function Ago({ at }: { readonly at: number }) {
  const now = useNow(10_000)
  return (
    <time dateTime={new Date(at).toISOString()} title={formatMoment(at)}>
      {formatAgo(at, now)}
    </time>
  )
}
