import { type GuildReader, put, type RowChange } from '@guildmesh/guild-store'
import { PermissionFlagsBits } from 'discord-api-types/v10'
import { z } from 'zod'
import {
  type BackfilledAuditEntry,
  type Feature,
  guildPermissions,
  type HandlerContext,
  on,
  permissionFacts,
  type ScheduledJob,
} from '@guildmesh/bot'
import { laterId, isLater } from './decide-backfill.ts'
import { type BackfillPart, isForGood, readAgainMs } from './read-outcome.ts'

/** Discord gives at most so many entries at once. */
const pageSize = 100

const After = z.object({ after: z.string() })
const Page = z.object({ audit_log_entries: z.array(z.looseObject({ id: z.string().regex(/^\d+$/) })) })

/** Remembers each audit log entry that comes as an event, so that a gap is read from the last one on. */
export const auditMark = on('GUILD_AUDIT_LOG_ENTRY_CREATE', ({ id }, { guild }) => ({
  rows: [mark(guild, id)],
}))

/**
 * Reads the audit log after an entry, oldest first, a page a job, if the bot may view it. An entry may be given to
 * features that has come, or comes, as an event: Discord does not say where the new session begins in the log.
 */
export function auditPages(options: {
  /** Whose audit rules get what is read back. */
  readonly features: readonly Feature[]
  readonly onEntries: (count: number) => void
  readonly onRefused: () => void
}): BackfillPart {
  const { features, onEntries, onRefused } = options
  return {
    jobs: [
      {
        name: 'audit',
        handle(payload, context) {
          const { after } = After.parse(payload)
          if (mayView(context)) return { calls: [pageCall(context.guild, after)] }
          // Not tried: Discord blocks a bot whose calls it refuses too often, and a thousand guilds come back at once.
          onRefused()
          return {}
        },
      },
    ],
    results: [
      {
        step: 'audit',
        handle(result, { context: called }, context) {
          const { after } = After.parse(called)
          if (!result.ok) {
            if (!isForGood(result)) return { jobs: [auditJob(after, context.now + readAgainMs)] }
            onRefused()
            return {}
          }
          const page = Page.parse(result.body).audit_log_entries
          const entries = page
            .filter(({ id }) => isLater(id, after))
            .toSorted((a, b) => (isLater(a.id, b.id) ? 1 : -1))
          onEntries(entries.length)
          const last = entries.at(-1)
          if (!last) return {}
          const rows = [
            ...entries.flatMap((entry) => rowsOf(features, entry, context)),
            mark(context.guild, last.id),
          ]
          return page.length < pageSize ? { rows } : { rows, jobs: [auditJob(last.id, context.now)] }
        },
      },
    ],
  }
}

/** Its id names where it begins: a second gap must not replace what is still to be read of the first. */
export function auditJob(after: string, dueAt: number): ScheduledJob {
  return { id: `audit-${after}`, name: 'audit', payload: { after }, dueAt }
}

/**
 * After which entry the log is to be read following a data loss. If no entry was known, what was done in the gap is later
 * than the latest message known from before it: ids of both rise with time.
 */
export function auditKnownBefore(guild: GuildReader, latestMessageId: string): string {
  return guild.get('backfillMarks', {}, ['auditEntryId'])?.auditEntryId ?? latestMessageId
}

function mark(guild: GuildReader, entryId: string): RowChange {
  const known = guild.get('backfillMarks', {}, ['auditEntryId'])?.auditEntryId ?? '0'
  return put('backfillMarks', { auditEntryId: laterId(known, entryId) })
}

function rowsOf(features: readonly Feature[], entry: { id: string }, context: HandlerContext): RowChange[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Discord's documented answer, as in `on`
  const backfilled = entry as BackfilledAuditEntry
  return features.flatMap(({ backfillAudit }) => backfillAudit?.(backfilled, context) ?? [])
}

/** Also if that is not known: then Discord says so. */
function mayView({ guild, applicationId, now }: HandlerContext): boolean {
  const facts = permissionFacts(guild)
  const bot = guild.get('documentMembers', { userId: applicationId }, ['userId', 'roles', 'timeoutUntil'])
  if (!facts || !bot) return true
  return (guildPermissions(facts, bot, now) & PermissionFlagsBits.ViewAuditLog) !== 0n
}

function pageCall({ guildId }: GuildReader, after: string) {
  return {
    method: 'GET',
    route: `/guilds/${guildId}/audit-logs?after=${after}&limit=${pageSize}`,
    repeat: 'idempotent',
    onResult: { step: 'audit', context: { after } },
  } as const
}
