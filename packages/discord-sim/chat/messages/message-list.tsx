import { MessageType } from 'discord-api-types/v10'
import { useLayoutEffect, useRef, useState } from 'react'
import type { KeyboardEvent } from 'react'
import type { MessageView } from '../../src/control/live/chat-view.ts'
import { useChat } from '../state/chat-context.ts'
import { MessageRow } from './message-row.tsx'
import { Notices } from './notices.tsx'

/** Within this time a person's next message stands under the same name. */
const sameBlockMs = 7 * 60_000
/** So close to the end, the list follows what comes. */
const followPx = 80

/** The messages of the open channel. The newest stay in sight, unless the reader scrolled up. */
export function MessageList({ onReply, onEdit }: MessageListProps) {
  const { live, channel, showOlder } = useChat()
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const messages = live.messages.filter((message) => !hidden.has(message.id))
  const list = useRef<HTMLDivElement>(null)
  const follows = useRef(true)
  const [behind, setBehind] = useState(false)
  const last = messages.at(-1)

  useLayoutEffect(() => {
    const element = list.current
    if (element && follows.current) element.scrollTop = element.scrollHeight
    else if (last) setBehind(true)
  }, [last, channel?.id])

  useLayoutEffect(() => {
    follows.current = true
    setBehind(false)
  }, [channel?.id])

  const scrolled = () => {
    const element = list.current
    if (!element) return
    follows.current = element.scrollHeight - element.scrollTop - element.clientHeight < followPx
    if (follows.current) setBehind(false)
  }
  const toEnd = () => {
    const element = list.current
    if (element) element.scrollTop = element.scrollHeight
  }

  return (
    <div className="message-frame">
      <div
        className="scroll messages"
        ref={list}
        onScroll={scrolled}
        onKeyDown={moveBetweenMessages}
        role="log"
        aria-label={channel ? `Messages in ${channel.name}` : 'Messages'}
      >
        {live.more ? (
          <button type="button" className="button secondary older" onClick={showOlder}>
            Show older messages
          </button>
        ) : null}
        {messages.length === 0 ? <p className="empty">Nothing has been written here yet.</p> : null}
        {messages.map((message, index) => (
          <MessageRow
            key={message.id}
            message={message}
            continues={continuesBlock(messages[index - 1], message)}
            isLast={message === last}
            onReply={onReply}
            onEdit={onEdit}
            onHide={(id) => setHidden((known) => new Set([...known, id]))}
          />
        ))}
        <Notices />
      </div>
      {behind ? (
        <button type="button" className="button primary to-end" onClick={toEnd}>
          Newer messages
        </button>
      ) : null}
    </div>
  )
}

export interface MessageListProps {
  onReply: (message: MessageView) => void
  onEdit: (message: MessageView) => void
}

function continuesBlock(before: MessageView | undefined, message: MessageView): boolean {
  if (!before || before.author.id !== message.author.id) return false
  const plain = [before, message].every(
    (one) => one.type === MessageType.Default && !one.interaction_metadata,
  )
  return plain && Date.parse(message.timestamp) - Date.parse(before.timestamp) < sameBlockMs
}

/** Arrow keys go from message to message once one has the focus. */
function moveBetweenMessages(event: KeyboardEvent<HTMLDivElement>): void {
  if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return
  if (!(event.target instanceof HTMLElement) || !event.target.classList.contains('message')) return
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('.message')]
  const next = rows[rows.indexOf(event.target) + (event.key === 'ArrowUp' ? -1 : 1)]
  if (!next) return
  event.preventDefault()
  next.focus()
}
