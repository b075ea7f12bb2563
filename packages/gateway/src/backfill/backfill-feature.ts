import { add, put, type RowChange, update } from '@guildmesh/guild-store'
import type { GuildReader } from '@guildmesh/guild-store'
import { type EventName, type EventRule, type Feature, on } from '@guildmesh/bot'
import { auditJob, auditKnownBefore, auditMark, auditPages } from './audit-pages.ts'
import { decideBackfill, latestKnown } from './decide-backfill.ts'
import { guildReading, readingJob } from './guild-reading.ts'
import { memberJob, memberPages } from './member-pages.ts'
import { messagePages, pageJob } from './message-pages.ts'

export interface BackfillOptions {
  /** Whose rules get what is read back. */
  readonly features: readonly Feature[]
  /** Told of each page: messages that were read back. */
  readonly onMessages: (count: number) => void
  /** Told of channels that cannot be read: the bot has no access, or the channel is gone. */
  readonly onUnreadable: () => void
  /** Told of each page: audit log entries that were read back. */
  readonly onAuditEntries: (count: number) => void
  /** Told of each page: kept members that were brought up to date. */
  readonly onMembers: (count: number) => void
  /** Told of guilds that were read anew because of a data loss in their lane. */
  readonly onGuild: () => void
  /** Told of what Discord refuses to show for good, or would. */
  readonly onRefused: (what: 'guild' | 'audit-log' | 'members') => void
}

/** Events that change what `guildReading` reads. */
const documentChanges = [
  'GUILD_CREATE',
  'GUILD_UPDATE',
  'GUILD_DELETE',
  'GUILD_EMOJIS_UPDATE',
  'GUILD_STICKERS_UPDATE',
  'CHANNEL_CREATE',
  'CHANNEL_UPDATE',
  'CHANNEL_DELETE',
  'THREAD_CREATE',
  'THREAD_UPDATE',
  'THREAD_DELETE',
  'THREAD_LIST_SYNC',
  'GUILD_ROLE_CREATE',
  'GUILD_ROLE_UPDATE',
  'GUILD_ROLE_DELETE',
] as const satisfies readonly EventName[]

/** They bring, or take away, all that would be read after a data loss. */
const wholeGuildEvents: ReadonlySet<string> = new Set<EventName>(['GUILD_CREATE', 'GUILD_DELETE'])

/**
 * Reads back what happened while Discord had no session of ours, or what a lane has lost. GUILD_CREATE of a guild that
 * is known already shows which channels moved on; after a data loss, which no GUILD_CREATE follows, the guild is read first.
 * Everything is read a page a job, so that other calls of the guild go on between. A page and the place to go on from
 * are committed together, and ids make repetition harmless.
 */
export function backfillFeature(options: BackfillOptions): Feature {
  const { features, onMessages, onUnreadable, onAuditEntries, onMembers, onGuild, onRefused } = options
  const parts = [
    messagePages({ features, onMessages, onUnreadable }),
    auditPages({ features, onEntries: onAuditEntries, onRefused: () => onRefused('audit-log') }),
    memberPages({ onMembers, onRefused: () => onRefused('members') }),
    guildReading({ onRead: onGuild, onRefused: () => onRefused('guild') }),
  ]
  return {
    name: 'backfill',
    before: [
      on('GUILD_CREATE', (guild, { guild: rows, now, applicationId }) => {
        const gap = gapAfter(rows)
        // A guild that was left and joined again told us nothing in between, and owes us nothing.
        if (!isHere(rows)) return { rows: [put('backfillMarks', { gaps: gap, auditEntryId: null })] }
        const stored = knownChannels(rows)
        const keepsMembers = rows
          .list('documentMembers', {}, { columns: ['userId'], limit: 2 })
          .some(({ userId }) => userId !== applicationId)
        return {
          rows: [put('backfillMarks', { gaps: gap })],
          jobs: [
            ...decideBackfill(stored, [...guild.channels, ...guild.threads]).map((missed) =>
              pageJob(missed, now),
            ),
            auditJob(auditKnownBefore(rows, latestKnown(stored)), now),
            ...(keepsMembers ? [memberJob(gap, now)] : []),
          ],
        }
      }),
    ],
    dataLoss({ type }, { guild: rows, now, sourceKey }) {
      const gap = gapAfter(rows)
      const marks = put('backfillMarks', { gaps: gap })
      if (wholeGuildEvents.has(type)) return { rows: [marks] }
      const stored = isHere(rows) ? knownChannels(rows) : null
      const before = stored && {
        channels: stored,
        auditEntryId: auditKnownBefore(rows, latestKnown(stored)),
      }
      return {
        rows: [marks, update('documentMembers', {}, { fresh: false })],
        jobs: [readingJob({ loss: sourceKey, gap, stage: 'guild', before }, now)],
      }
    },
    events: [auditMark, ...documentChanges.map(changeRule)],
    jobs: parts.flatMap(({ jobs }) => jobs),
    results: parts.flatMap(({ results }) => results),
  }
}

function isHere(rows: GuildReader): boolean {
  return rows.get('guilds', {}, ['leftAt'])?.leftAt === null && rows.count('documentGuild') > 0
}

function knownChannels(rows: GuildReader) {
  return rows.list('documentChannels', {}, { columns: ['channelId', 'lastMessageId'] })
}

function gapAfter(rows: GuildReader): number {
  return (rows.get('backfillMarks', {}, ['gaps'])?.gaps ?? 0) + 1
}

function changeRule(type: (typeof documentChanges)[number]): EventRule {
  const change: RowChange = add('backfillMarks', {}, 'documentChanges', 1)
  return { type, handle: () => ({ rows: [change] }) }
}
