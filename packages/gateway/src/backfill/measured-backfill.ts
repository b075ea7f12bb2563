import type { Feature } from '@guildmesh/bot'
import type { MetricsPort } from '@guildmesh/runtime'
import { backfillFeature } from './backfill-feature.ts'

/** The backfill of these features, with its figures. */
export function measuredBackfill(features: readonly Feature[], metrics: MetricsPort): Feature {
  const messages = metrics.counter('messages_backfilled_total', 'Messages read back over REST after a gap')
  const unreadable = metrics.counter(
    'backfill_unreadable_total',
    'Channels that moved on during a gap and that the bot may not read, or that are gone',
  )
  const entries = metrics.counter(
    'audit_entries_backfilled_total',
    'Audit log entries read back over REST after a gap',
  )
  const members = metrics.counter(
    'members_backfilled_total',
    'Kept members brought up to date over REST after a gap',
  )
  const guilds = metrics.counter(
    'guilds_reread_total',
    'Guilds read anew over REST because of a data loss in their lane',
  )
  const refused = metrics.counter(
    'backfill_refused_total',
    'Guilds of which a part could not be read after a gap, because the bot may not see it or is gone',
    ['what'],
  )
  return backfillFeature({
    features,
    onMessages: (count) => messages.inc({}, count),
    onUnreadable: () => unreadable.inc({}),
    onAuditEntries: (count) => entries.inc({}, count),
    onMembers: (count) => members.inc({}, count),
    onGuild: () => guilds.inc({}),
    onRefused: (what) => refused.inc({ what }),
  })
}
