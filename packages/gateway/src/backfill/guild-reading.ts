import { type GuildReader, put, type RowChange } from '@guildmesh/guild-store'
import { z } from 'zod'
import {
  type CallResult,
  type Effects,
  FetchedChannels,
  FetchedGuild,
  FetchedMember,
  FetchedThreads,
  type HandlerContext,
  memberRow,
  refreshedChannels,
  refreshedGuild,
  refreshedThreads,
  type ScheduledJob,
} from '@guildmesh/bot'
import { auditJob } from './audit-pages.ts'
import { decideBackfill, type SeenChannel } from './decide-backfill.ts'
import { memberJob } from './member-pages.ts'
import { pageJob } from './message-pages.ts'
import { type BackfillPart, isForGood, readAgainMs } from './read-outcome.ts'

/** How soon to ask again what an event has overtaken, milliseconds. */
const askAgainMs = 1000

const Reading = z.object({
  /** Names the data loss. */
  loss: z.string(),
  gap: z.number(),
  stage: z.enum(['guild', 'channels', 'threads', 'bot']),
  /** What was known of the guild when the data loss was noticed; `null`: nothing, so that nothing can be said to be missed. */
  before: z
    .object({
      channels: z.array(z.object({ channelId: z.string(), lastMessageId: z.string().nullable() })),
      auditEntryId: z.string(),
    })
    .nullable(),
})
export type Reading = z.output<typeof Reading>

const Asked = z.object({ reading: Reading, changes: z.number() })

/**
 * Reads the guild anew after a data loss in its lane, which no GUILD_CREATE follows: guild and roles, channels, active
 * threads, the bot's own member; then what was missed in between. Events go on meanwhile. Those that Discord sent
 * before its answer and that are applied later repeat what the answer has and end at the same state; one that was
 * applied between the question and the answer may be later than the answer, which is then asked for again.
 */
export function guildReading(options: {
  readonly onRead: () => void
  readonly onRefused: () => void
}): BackfillPart {
  return {
    jobs: [
      {
        name: 'guild',
        handle(payload, context) {
          const reading = Reading.parse(payload)
          return {
            calls: [
              {
                method: 'GET',
                route: routeOf(reading.stage, context),
                repeat: 'idempotent',
                onResult: { step: 'guild', context: { reading, changes: changesOf(context.guild) } },
              },
            ],
          }
        },
      },
    ],
    results: [
      {
        step: 'guild',
        handle(result, { context: called }, context) {
          const { reading, changes } = Asked.parse(called)
          if (!result.ok) {
            if (!isForGood(result)) return { jobs: [readingJob(reading, context.now + readAgainMs)] }
            options.onRefused()
            return {}
          }
          if (reading.stage === 'bot') {
            options.onRead()
            return lastStage(reading, result, context)
          }
          if (changes !== changesOf(context.guild)) {
            return { jobs: [readingJob(reading, context.now + askAgainMs)] }
          }
          return takeStage(reading, reading.stage, result, context)
        },
      },
    ],
  }
}

export function readingJob(reading: Reading, dueAt: number): ScheduledJob {
  return { id: `guild-${reading.loss}`, name: 'guild', payload: reading, dueAt }
}

type Answer = Extract<CallResult, { ok: true }>

function takeStage(
  reading: Reading,
  stage: Exclude<Reading['stage'], 'bot'>,
  { body }: Answer,
  { guild, now }: HandlerContext,
): Effects {
  const next = (rows: RowChange[], following: Reading['stage'], seen: readonly SeenChannel[]): Effects => ({
    rows,
    jobs: [
      readingJob({ ...reading, stage: following }, now),
      ...(reading.before ? decideBackfill(reading.before.channels, seen) : []).map((missed) =>
        pageJob(missed, now),
      ),
    ],
  })
  switch (stage) {
    case 'guild':
      return next(refreshedGuild(FetchedGuild.parse(body), guild), 'channels', [])
    case 'channels': {
      const channels = FetchedChannels.parse(body)
      return next(refreshedChannels(channels, guild), 'threads', channels)
    }
    case 'threads': {
      const { threads } = FetchedThreads.parse(body)
      return next(refreshedThreads(threads, guild), 'bot', threads)
    }
    default:
      return stage satisfies never
  }
}

/** Whether the bot may view the audit log is known by now. */
function lastStage({ before, gap }: Reading, { body }: Answer, { guild, now }: HandlerContext): Effects {
  const bot = FetchedMember.parse(body)
  const isNewer = guild.get('documentMembers', { userId: bot.user.id }, ['fresh'])?.fresh
  return {
    rows: isNewer ? [] : [put('documentMembers', memberRow(bot.user, bot))],
    jobs: [...(before ? [auditJob(before.auditEntryId, now)] : []), memberJob(gap, now)],
  }
}

function routeOf(stage: Reading['stage'], { guild, applicationId }: HandlerContext): `/${string}` {
  switch (stage) {
    case 'guild':
      return `/guilds/${guild.guildId}?with_counts=true`
    case 'channels':
      return `/guilds/${guild.guildId}/channels`
    case 'threads':
      return `/guilds/${guild.guildId}/threads/active`
    case 'bot':
      return `/guilds/${guild.guildId}/members/${applicationId}`
    default:
      return stage satisfies never
  }
}

function changesOf(guild: GuildReader): number {
  return guild.get('backfillMarks', {}, ['documentChanges'])?.documentChanges ?? 0
}
