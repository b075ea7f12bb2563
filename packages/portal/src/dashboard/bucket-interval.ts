import type { GuildActivity } from '@guildmesh/contracts'
import type { Interval } from './dashboard-search.ts'

/** The interval of these buckets. After a new choice the page shows the old ones until the new ones are there. */
export function bucketInterval(buckets: readonly GuildActivity['buckets'][number][]): Interval {
  const [first, second] = buckets
  return first && second && second.start - first.start < 86_400_000 ? 'hour' : 'day'
}
