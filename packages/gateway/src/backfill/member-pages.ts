import { type GuildReader, put, remove } from '@guildmesh/guild-store'
import { z } from 'zod'
import { FetchedMember, memberRow, type ScheduledJob } from '@guildmesh/bot'
import { judgeMemberPage, nextMemberPage } from './decide-member-page.ts'
import { type BackfillPart, isForGood, readAgainMs } from './read-outcome.ts'

/** Discord gives up to 1,000; fewer keep the handler within its budget. */
const pageSize = 250

const Doubt = z.object({ gap: z.number() })
const Asked = z.object({ gap: z.number(), after: z.string() })
const Page = z.array(z.looseObject({ user: z.looseObject({ id: z.string().regex(/^\d+$/) }) }))

/**
 * Brings the members that the guild document keeps up to date, by the list of members from the first in doubt on. A
 * row that an event or a look-up has renewed meanwhile is left alone: that is later than the list, or as late.
 */
export function memberPages(options: {
  readonly onMembers: (count: number) => void
  readonly onRefused: () => void
}): BackfillPart {
  const { onMembers, onRefused } = options
  return {
    jobs: [
      {
        name: 'members',
        handle(payload, { guild }) {
          const { gap } = Doubt.parse(payload)
          const after = nextMemberPage(doubtedIds(guild))
          // A later gap has a job of its own.
          if (after === null || gapOf(guild) !== gap) return {}
          return { calls: [pageCall(guild, { gap, after })] }
        },
      },
    ],
    results: [
      {
        step: 'members',
        handle(result, { context: called }, { guild, now }) {
          const { gap, after } = Asked.parse(called)
          // What was asked before a later gap may be older than what that one swallowed.
          if (gapOf(guild) !== gap) return {}
          if (!result.ok) {
            if (!isForGood(result)) return { jobs: [memberJob(gap, now + readAgainMs)] }
            onRefused()
            return {}
          }
          const members = new Map(Page.parse(result.body).map((member) => [member.user.id, member]))
          const page = { after, ids: [...members.keys()], isLast: members.size < pageSize }
          const { present, left } = judgeMemberPage(doubtedIds(guild), page)
          onMembers(present.length + left.length)
          return {
            rows: [
              ...present.map((userId) => {
                const member = FetchedMember.parse(members.get(userId))
                return put('documentMembers', memberRow(member.user, member))
              }),
              ...left.map((userId) => remove('documentMembers', { userId })),
            ],
            jobs: [memberJob(gap, now)],
          }
        },
      },
    ],
  }
}

/** For the members in doubt since this gap. */
export function memberJob(gap: number, dueAt: number): ScheduledJob {
  return { id: `members-${gap}`, name: 'members', payload: { gap }, dueAt }
}

function doubtedIds(guild: GuildReader): string[] {
  return guild.list('documentMembers', { fresh: false }, { columns: ['userId'] }).map(({ userId }) => userId)
}

function gapOf(guild: GuildReader): number | undefined {
  return guild.get('backfillMarks', {}, ['gaps'])?.gaps
}

function pageCall({ guildId }: GuildReader, asked: z.output<typeof Asked>) {
  return {
    method: 'GET',
    route: `/guilds/${guildId}/members?after=${asked.after}&limit=${pageSize}`,
    repeat: 'idempotent',
    onResult: { step: 'members', context: asked },
  } as const
}
