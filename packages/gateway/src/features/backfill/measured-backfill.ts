import type { MetricsPort } from '../../owner/owner-metrics.ts'
import type { Feature } from '../feature.ts'
import { backfillFeature } from './backfill-feature.ts'

/** The backfill of these features, with its figures. */
export function measuredBackfill(features: readonly Feature[], metrics: MetricsPort): Feature {
  const messages = metrics.counter('messages_backfilled_total', 'Messages read back over REST after a gap')
  const unreadable = metrics.counter(
    'backfill_unreadable_total',
    'Channels that moved on during a gap and that the bot may not read, or that are gone',
  )
  return backfillFeature({
    features,
    onMessages: (count) => messages.inc({}, count),
    onUnreadable: () => unreadable.inc({}),
  })
}
