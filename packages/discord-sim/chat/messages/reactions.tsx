import type { APIEmoji } from 'discord-api-types/v10'
import type { MessageView } from '../../src/control/live/chat-view.ts'
import { EmojiText } from '../ui/emoji-text.tsx'
import { sim } from '../sim.ts'
import { useChat } from '../state/chat-context.ts'

/** The reactions of a message; a click adds one's own or takes it back. */
export function Reactions({ message }: { message: MessageView }) {
  const { me, acting } = useChat()
  if (!message.reactions || message.reactions.length === 0) return null
  return (
    <ul className="reactions" aria-label="Reactions">
      {message.reactions.map(({ emoji, count }) => {
        const mine = message.myReactions.includes(emoji.id ?? emoji.name ?? '')
        const target = { channelId: message.channel_id, messageId: message.id, userId: me.id }
        const toggle = () =>
          acting.attempt(() =>
            mine
              ? sim.removeReaction({ ...target, emoji: emojiCode(emoji) })
              : sim.addReaction({ ...target, emoji: emojiCode(emoji) }),
          )
        return (
          <li key={emoji.id ?? emoji.name}>
            <button
              type="button"
              className="reaction"
              aria-pressed={mine}
              aria-label={`${emoji.name ?? 'emoji'}, ${count}`}
              onClick={() => void toggle()}
            >
              <EmojiText emoji={emoji} /> {count}
            </button>
          </li>
        )
      })}
    </ul>
  )
}

/** The emoji as the API writes it in a path. */
function emojiCode(emoji: Pick<APIEmoji, 'id' | 'name'>): string {
  return emoji.id === null ? (emoji.name ?? '') : `${emoji.name}:${emoji.id}`
}
