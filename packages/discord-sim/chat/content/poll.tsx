import type { MessageView } from '../../src/control/live/chat-view.ts'
import { sim } from '../sim.ts'
import { useChat } from '../state/chat-context.ts'
import { EmojiText } from '../ui/emoji-text.tsx'
import { Icon } from '../ui/icon.tsx'

/** A poll with its votes; a click votes, or takes the vote back. */
export function Poll({ message }: { message: MessageView }) {
  const { me, acting } = useChat()
  const { poll } = message
  if (!poll) return null
  const countOf = (answerId: number) =>
    poll.results?.answer_counts.find((count) => count.id === answerId)?.count ?? 0
  const total = poll.answers.reduce((sum, answer) => sum + countOf(answer.answer_id), 0)
  const over = poll.results?.is_finalized === true
  const vote = (answerId: number, remove: boolean) =>
    acting.attempt(async () => {
      const target = { channelId: message.channel_id, messageId: message.id, userId: me.id }
      const others = poll.allow_multiselect ? [] : message.myVotes.filter((other) => other !== answerId)
      for (const other of others) await sim.votePoll({ ...target, answerId: other, remove: true })
      await sim.votePoll({ ...target, answerId, remove })
    })
  return (
    <fieldset className="poll">
      <legend>{poll.question.text}</legend>
      <p className="hint">
        {poll.allow_multiselect ? 'Several answers may be chosen' : 'One answer may be chosen'}
      </p>
      {poll.answers.map(({ answer_id: answerId, poll_media: { text, emoji } }) => {
        const mine = message.myVotes.includes(answerId)
        const count = countOf(answerId)
        return (
          <button
            key={answerId}
            type="button"
            className="poll-answer"
            aria-pressed={mine}
            disabled={over}
            style={{ '--share': `${total === 0 ? 0 : (count / total) * 100}%` }}
            onClick={() => void vote(answerId, mine)}
          >
            {emoji ? <EmojiText emoji={emoji} /> : null}
            <span className="ellipsis">{text}</span>
            {mine ? <Icon name="check" /> : null}
            <span className="poll-count">{count}</span>
          </button>
        )
      })}
      <p className="hint">
        {total} {total === 1 ? 'vote' : 'votes'}
        {over ? ' · ended' : ''}
      </p>
    </fieldset>
  )
}
