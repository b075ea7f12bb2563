import type { ChatPieces, MessageView } from '../../src/control/live/chat-view.ts'
import type { LiveUpdates, SessionView } from '../../src/control/live/live-views.ts'
import type { TimelineEntry } from '../../src/control/live/timeline.ts'
import type { Address } from './address-form.ts'

/** All that the page knows of the simulated Discord, as one person sees it. */
export interface LiveState {
  /** Null until the simulator told everything once. */
  pieces: ChatPieces | null
  /** The address that `pieces.place` answers. */
  placeFor: Address | null
  sessions: SessionView[]
  /** Oldest first. */
  messages: MessageView[]
  more: boolean
  timeline: TimelineEntry[]
  /** User id → epoch ms at which the typing is over. */
  typing: Readonly<Record<string, number>>
  /** False while the connection to the simulator is lost. */
  connected: boolean
}

export const emptyState: LiveState = {
  pieces: null,
  placeFor: null,
  sessions: [],
  messages: [],
  more: false,
  timeline: [],
  typing: {},
  connected: true,
}

const typingMs = 10_000
const keptTimeline = 600

/** The state after one update of the stream. */
export function applyUpdate<N extends keyof LiveUpdates>(
  state: LiveState,
  name: N,
  update: LiveUpdates[N],
  now: number,
): LiveState {
  switch (name) {
    case 'messages':
      return applyMessages(state, update as LiveUpdates['messages'])
    case 'timeline':
      return { ...state, timeline: applyTimeline(state.timeline, update as LiveUpdates['timeline']) }
    case 'typing': {
      const { userId } = update as LiveUpdates['typing']
      return { ...state, typing: { ...state.typing, [userId]: now + typingMs } }
    }
    case 'sessions':
      return { ...state, sessions: update as SessionView[] }
    case 'view':
      // All pieces are in the first view.
      return { ...state, pieces: { ...state.pieces, ...(update as LiveUpdates['view']) } as ChatPieces }
    default:
      return name satisfies never
  }
}

function applyMessages(state: LiveState, update: LiveUpdates['messages']): LiveState {
  const known = new Map(update.reset ? [] : state.messages.map((message) => [message.id, message]))
  for (const id of update.gone) known.delete(id)
  const authors = new Set<string>()
  for (const message of update.set) {
    if (!known.has(message.id)) authors.add(message.author.id)
    known.set(message.id, message)
  }
  const messages = [...known.values()].toSorted((one, other) => (BigInt(one.id) < BigInt(other.id) ? -1 : 1))
  const stillTyping = Object.entries(state.typing).filter(([userId]) => !authors.has(userId))
  const typing = update.reset ? {} : Object.fromEntries(stillTyping)
  return { ...state, messages, more: update.more, typing }
}

function applyTimeline(entries: readonly TimelineEntry[], update: LiveUpdates['timeline']): TimelineEntry[] {
  const byId = new Map(update.reset ? [] : entries.map((entry) => [entry.id, entry]))
  for (const entry of update.entries) byId.set(entry.id, entry)
  return [...byId.values()].toSorted((one, other) => one.id - other.id).slice(-keptTimeline)
}
