import { useLayoutEffect, useMemo, useRef, useState } from 'react'
import { ToggleButton, ToggleButtonGroup } from 'react-aria-components'
import type { TimelineEntry } from '../../src/control/live/timeline.ts'
import { useChat } from '../state/chat-context.ts'
import { describeEntry } from './describe-entry.ts'

const kinds: { id: TimelineEntry['kind']; label: string }[] = [
  { id: 'rest', label: 'REST' },
  { id: 'interaction', label: 'Interactions' },
  { id: 'gateway', label: 'Gateway' },
]
const followPx = 60

/** What the bot did, newest at the end. */
export function TimelinePanel() {
  const { live, names } = useChat()
  const [shownKinds, setShownKinds] = useState<ReadonlySet<string>>(
    () => new Set(kinds.map((kind) => kind.id)),
  )
  const entries = useMemo(
    () => live.timeline.filter((entry) => shownKinds.has(entry.kind)),
    [live.timeline, shownKinds],
  )
  const list = useRef<HTMLOListElement>(null)
  const follows = useRef(true)
  useLayoutEffect(() => {
    const element = list.current
    if (element && follows.current) element.scrollTop = element.scrollHeight
  }, [entries])
  return (
    <>
      <Sessions />
      <ToggleButtonGroup
        className="filters"
        aria-label="Shown in the timeline"
        selectionMode="multiple"
        selectedKeys={shownKinds as Set<string>}
        onSelectionChange={(keys) => setShownKinds(new Set([...keys].map(String)))}
      >
        {kinds.map((kind) => (
          <ToggleButton key={kind.id} id={kind.id} className="chip">
            {kind.label}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
      <ol
        ref={list}
        className="scroll timeline"
        aria-label="What the bot did"
        // Scrolls, and holds nothing else that takes the focus while its entries have no details.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        onScroll={(event) => {
          const { scrollHeight, scrollTop, clientHeight } = event.currentTarget
          follows.current = scrollHeight - scrollTop - clientHeight < followPx
        }}
      >
        {entries.length === 0 ? (
          <li className="empty">Nothing yet. Run a command, or let the bot connect.</li>
        ) : null}
        {entries.map((entry) => {
          const { badge, title, detail, tone } = describeEntry(entry, names)
          return (
            <li key={entry.id} className={`entry ${entry.kind} ${tone}`}>
              <time dateTime={new Date(entry.at).toISOString()}>{clockTime(entry.at)}</time>
              <span className={`badge ${badge.toLowerCase()}`}>{badge}</span>
              <p className="entry-title">{title}</p>
              <p className="entry-detail">{detail}</p>
              {entry.kind === 'rest' && entry.body !== null ? (
                <details>
                  <summary>Body</summary>
                  <pre>{readable(entry.body)}</pre>
                </details>
              ) : null}
            </li>
          )
        })}
      </ol>
    </>
  )
}

/** Whether the bot is connected, shard by shard. */
function Sessions() {
  const { live } = useChat()
  const { sessions } = live
  const connected = sessions.filter((session) => session.connected)
  return (
    <p className="sessions">
      <span className={connected.length > 0 ? 'dot on' : 'dot'} />
      <span>
        <strong>{live.pieces.bot.name}</strong>{' '}
        {sessions.length === 0
          ? 'has no gateway session'
          : `has ${connected.length} of ${sessions.length} gateway session${sessions.length === 1 ? '' : 's'} connected`}
      </span>
    </p>
  )
}

function clockTime(at: number): string {
  return new Date(at).toLocaleTimeString([], { timeStyle: 'medium', hourCycle: 'h23' })
}

function readable(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body
  }
}
