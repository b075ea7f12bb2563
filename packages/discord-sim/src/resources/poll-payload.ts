import type { APIPoll } from 'discord-api-types/v10'
import type { PollState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import { isoTimestamp } from '../timestamp.ts'

const defaultLayout = 1

/** A poll with what is counted so far. Answers are numbered from 1; those without votes have no entry. */
export function renderPoll(world: World, poll: PollState): APIPoll {
  return {
    question: { text: poll.question },
    answers: poll.answers.map((answer, index) => ({
      answer_id: index + 1,
      poll_media: {
        text: answer.text,
        ...(answer.emoji ? { emoji: { id: answer.emoji.id, name: answer.emoji.name } } : {}),
      },
    })),
    expiry: isoTimestamp(poll.expiresAtMs),
    allow_multiselect: poll.multiselect,
    layout_type: defaultLayout,
    results: {
      is_finalized: poll.finalized,
      answer_counts: poll.answers.flatMap((answer, index) =>
        answer.voters.size === 0
          ? []
          : [{ id: index + 1, count: answer.voters.size, me_voted: answer.voters.has(world.app.botId) }],
      ),
    },
  }
}
