import type { RowChange } from '@guildmesh/guild-store'
import { z } from 'zod'
import type { BackfilledMessage, Feature, HandlerContext, OutboxCall, ScheduledJob } from '@guildmesh/bot'
import { isLater, type MissedMessages } from './decide-backfill.ts'
import { type BackfillPart, isForGood, readAgainMs } from './read-outcome.ts'

/** Discord gives at most so many messages at once. */
const pageSize = 100

const Missed = z.object({ channelId: z.string(), after: z.string(), through: z.string() })
const Page = z.array(z.looseObject({ id: z.string().regex(/^\d+$/) }))

/** Reads missed messages of channels, a page a job. */
export function messagePages(options: {
  /** Whose messages rules get what is read back. */
  readonly features: readonly Feature[]
  readonly onMessages: (count: number) => void
  readonly onUnreadable: () => void
}): BackfillPart {
  const { features, onMessages, onUnreadable } = options
  return {
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

/** Its id names both ends: a second gap must not replace what is still to be read of the first. */
export function pageJob(missed: MissedMessages, dueAt: number): ScheduledJob {
  return { id: `${missed.channelId}-${missed.after}-${missed.through}`, name: 'page', payload: missed, dueAt }
}

function rowsOf(features: readonly Feature[], message: { id: string }, context: HandlerContext): RowChange[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Discord's documented answer, as in `on`
  const backfilled = message as BackfilledMessage
  return features.flatMap(({ backfill }) => backfill?.(backfilled, context) ?? [])
}

function pageCall(missed: MissedMessages): OutboxCall {
  return {
    method: 'GET',
    route: `/channels/${missed.channelId}/messages?after=${missed.after}&limit=${pageSize}`,
    repeat: 'idempotent',
    onResult: { step: 'page', context: missed },
  }
}
