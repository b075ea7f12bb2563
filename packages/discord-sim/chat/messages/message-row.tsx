import { useState } from 'react'
import { MessageFlags, MessageType } from 'discord-api-types/v10'
import type { APIMessage } from 'discord-api-types/v10'
import type { MessageView } from '../../src/control/live/chat-view.ts'
import { Components } from '../components/component-view.tsx'
import { Embed } from '../content/embed.tsx'
import { Markdown } from '../content/markdown.tsx'
import { Media } from '../content/media.tsx'
import { Poll } from '../content/poll.tsx'
import { shortTime } from '../content/timestamp.tsx'
import { useChat } from '../state/chat-context.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Icon } from '../ui/icon.tsx'
import { AuthorName } from './author-name.tsx'
import { MessageActions } from './message-actions.tsx'
import { Reactions } from './reactions.tsx'
import { systemText } from './system-text.ts'

/** Devices without hover always show the way to a message's actions. */
const hasNoHover = window.matchMedia('(hover: none)').matches

interface MessageRowProps {
  message: MessageView
  /** Stands under the name of the message before it. */
  continues: boolean
  isLast: boolean
  onReply: (message: MessageView) => void
  onEdit: (message: MessageView) => void
  onHide: (messageId: string) => void
}

/** One message with everything that hangs on it. */
export function MessageRow({ message, continues, isLast, onReply, onEdit, onHide }: MessageRowProps) {
  const { names, me } = useChat()
  const [active, setActive] = useState(false)
  const [acted, setActed] = useState(false)
  const flags = message.flags ?? 0
  const isEphemeral = (flags & MessageFlags.Ephemeral) !== 0
  const name = names.person(message.author.id)?.name ?? message.author.global_name ?? message.author.username
  const system = systemText(message, name)
  const mentionsMe = message.mention_everyone || message.mentions.some((user) => user.id === me.id)
  const classes = ['message']
  if (continues) classes.push('continues')
  if (isEphemeral) classes.push('ephemeral')
  if (mentionsMe && message.author.id !== me.id) classes.push('mentions-me')
  if (system !== null) classes.push('system')
  const time = new Date(message.timestamp)
  return (
    // The list's arrow keys need every message to take the focus.
    // oxlint-disable jsx-a11y/no-noninteractive-tabindex
    <article
      className={classes.join(' ')}
      tabIndex={isLast ? 0 : -1}
      aria-label={`${name}, ${shortTime(time)}`}
      onPointerEnter={() => setActive(true)}
      onPointerLeave={() => setActive(false)}
      onFocus={() => setActive(true)}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) setActive(false)
      }}
    >
      <ReplyLine message={message} />
      {continues ? null : <Avatar id={message.author.id} name={name} />}
      <div className="message-body">
        {continues || system !== null ? null : (
          <p className="byline">
            <AuthorName user={message.author} shown={name} />
            {message.author.bot || message.webhook_id ? <span className="tag">app</span> : null}
            <time dateTime={message.timestamp}>{shortTime(time)}</time>
          </p>
        )}
        {system === null ? <Content message={message} flags={flags} /> : <p className="muted">{system}</p>}
        <Components message={message} />
        <Reactions message={message} />
        {message.thread ? <ThreadLink thread={message.thread} /> : null}
        {isEphemeral ? (
          <p className="ephemeral-note">
            <Icon name="eye" /> Only you can see this ·{' '}
            <button type="button" className="link" onClick={() => onHide(message.id)}>
              Dismiss
            </button>
          </p>
        ) : null}
      </div>
      {active || acted || hasNoHover ? (
        <MessageActions message={message} onReply={onReply} onEdit={onEdit} onOpenChange={setActed} />
      ) : null}
    </article>
  )
}

function Content({ message, flags }: { message: MessageView; flags: number }) {
  if ((flags & MessageFlags.Loading) !== 0) {
    return (
      <p className="thinking">
        <span className="spinner" /> is thinking…
      </p>
    )
  }
  const embeds = (flags & MessageFlags.SuppressEmbeds) !== 0 ? [] : message.embeds
  return (
    <>
      {message.content === '' ? null : <Markdown text={message.content} />}
      {message.edited_timestamp === null || message.content === '' ? null : (
        <small className="edited" title={new Date(message.edited_timestamp).toLocaleString()}>
          (edited)
        </small>
      )}
      {(message.message_snapshots ?? []).map((snapshot, index) => (
        // oxlint-disable-next-line react/no-array-index-key
        <blockquote key={index} className="forwarded">
          <small>Forwarded</small>
          <Markdown text={snapshot.message.content} />
        </blockquote>
      ))}
      {message.attachments.length > 0 ? (
        <div className="attachments">
          {message.attachments.map((attachment) => (
            <Media
              key={attachment.id}
              url={attachment.url}
              description={attachment.description ?? attachment.filename}
              spoiler={attachment.filename.startsWith('SPOILER_')}
              contentType={attachment.content_type}
            />
          ))}
        </div>
      ) : null}
      {(message.sticker_items ?? []).map((sticker) => (
        <span key={sticker.id} className="sticker" title="sticker">
          {sticker.name}
        </span>
      ))}
      <Poll message={message} />
      {embeds.map((embed, index) => (
        // oxlint-disable-next-line react/no-array-index-key
        <Embed key={index} embed={embed} />
      ))}
    </>
  )
}

/** What the message answers: another message, or a command. */
function ReplyLine({ message }: { message: MessageView }) {
  const { names } = useChat()
  const used = message.interaction_metadata
  if (used && message.usedCommand !== null) {
    return (
      <p className="reply-line">
        <Icon name="slash" />
        <strong>
          {names.person(used.user.id)?.name ?? used.user.global_name ?? used.user.username}
        </strong>{' '}
        used <span className="mention">/{message.usedCommand}</span>
      </p>
    )
  }
  if (message.type !== MessageType.Reply) return null
  return (
    <p className="reply-line">
      <Icon name="reply" />
      <RepliedText target={message.referenced_message ?? null} />
    </p>
  )
}

function RepliedText({ target }: { target: APIMessage | null }) {
  const { names } = useChat()
  if (!target) return <em>The message is gone</em>
  const name = names.person(target.author.id)?.name ?? target.author.global_name ?? target.author.username
  return (
    <>
      <strong>{name}</strong>
      <span className="ellipsis">{target.content === '' ? 'a message without text' : target.content}</span>
    </>
  )
}

function ThreadLink({ thread }: { thread: NonNullable<APIMessage['thread']> }) {
  const { go } = useChat()
  const count = 'message_count' in thread ? (thread.message_count ?? 0) : 0
  return (
    <button type="button" className="thread-link" onClick={() => go({ channelId: thread.id })}>
      <Icon name="thread" /> {thread.name ?? 'thread'} · {count} {count === 1 ? 'message' : 'messages'}
    </button>
  )
}
