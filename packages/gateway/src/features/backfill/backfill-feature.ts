import type { RowChange } from '@guildmesh/guild-store'
import { z } from 'zod'
import type { OutboxCall, ScheduledJob } from '../effects.ts'
import type { BackfilledMessage, CallResult, Feature, HandlerContext } from '../feature.ts'
import { on } from '../feature.ts'
import { decideBackfill, isLater, type MissedMessages } from './decide-backfill.ts'

/** Discord gives at most so many messages at once. */
const pageSize = 100
/** How long to wait before reading again what could not be read, milliseconds. */
const readAgainMs = 60_000

const Missed = z.object({ channelId: z.string(), after: z.string(), through: z.string() })
const Page = z.array(z.looseObject({ id: z.string().regex(/^\d+$/) }))

export interface BackfillOptions {
  /** Whose messages rules get what is read back. */
  readonly features: readonly Feature[]
  /** Told of each page: messages that were read back. */
  readonly onMessages: (count: number) => void
  /** Told of channels that cannot be read: the bot has no access, or the channel is gone. */
  readonly onUnreadable: () => void
}

/**
 * Reads back what was said while Discord had no session of ours. GUILD_CREATE of a guild that is known already shows
 * which channels moved on; each becomes a job that reads one page at a time, so that other calls of the guild go on
 * between. A page and the place to go on from are committed together, and message ids make repetition harmless.
 */
export function backfillFeature({ features, onMessages, onUnreadable }: BackfillOptions): Feature {
  return {
    name: 'backfill',
    before: [
      on('GUILD_CREATE', (guild, { guild: rows, now }) => {
        // A guild that was left and joined again told us nothing in between, and owes us nothing.
        const wasHere = rows.get('guilds', {}, ['leftAt'])?.leftAt === null
        if (!wasHere || !rows.get('documentGuild', {}, ['name'])) return {}
        const stored = rows.list('documentChannels', {}, { columns: ['channelId', 'lastMessageId'] })
        const seen = [...guild.channels, ...guild.threads]
        return { jobs: decideBackfill(stored, seen).map((missed) => pageJob(missed, now)) }
      }),
    ],
    jobs: [{ name: 'page', handle: (payload) => ({ calls: [pageCall(Missed.parse(payload))] }) }],
    results: [
      {
        step: 'page',
        handle(result, { context: called }, context) {
          const missed = Missed.parse(called)
          if (!result.ok) {
            if (!isForGood(result)) return { jobs: [pageJob(missed, context.now + readAgainMs)] }
            onUnreadable()
            return {}
          }
          const page = Page.parse(result.body).toSorted((a, b) => (isLater(a.id, b.id) ? 1 : -1))
          const messages = page.filter(({ id }) => !isLater(id, missed.through))
          onMessages(messages.length)
          const rows = messages.flatMap((message) => rowsOf(features, message, context))
          const last = page.at(-1)
          // What is later than `through` has come, or will come, by the new session.
          const isDone = page.length < pageSize || !last || !isLater(missed.through, last.id)
          return isDone ? { rows } : { rows, jobs: [pageJob({ ...missed, after: last.id }, context.now)] }
        },
      },
    ],
  }
}

function rowsOf(features: readonly Feature[], message: { id: string }, context: HandlerContext): RowChange[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Discord's documented answer, as in `on`
  const backfilled = message as BackfilledMessage
  return features.flatMap(({ backfill }) => backfill?.(backfilled, context) ?? [])
}

/** What Discord refuses, such as a channel without access (403) or one that is gone (404), it refuses again. */
function isForGood({ status }: Extract<CallResult, { ok: false }>): boolean {
  return status !== null && status >= 400 && status < 500 && status !== 401 && status !== 429
}

/** Its id names the end too: a second gap must not replace what is still to be read of the first. */
function pageJob(missed: MissedMessages, dueAt: number): ScheduledJob {
  return { id: `${missed.channelId}-${missed.through}`, name: 'page', payload: missed, dueAt }
}

function pageCall(missed: MissedMessages): OutboxCall {
  return {
    method: 'GET',
    route: `/channels/${missed.channelId}/messages?after=${missed.after}&limit=${pageSize}`,
    repeat: 'idempotent',
    onResult: { step: 'page', context: missed },
  }
}
