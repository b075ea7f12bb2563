import { useCallback, useEffect, useMemo, useState } from 'react'
import { Composer } from './compose/composer.tsx'
import type { Subject } from './compose/composer.tsx'
import { MessageList } from './messages/message-list.tsx'
import { ModalDialog } from './modals/modal-dialog.tsx'
import { ChannelIcon } from './places/channel-icon.tsx'
import { ChannelList } from './places/channel-list.tsx'
import { ServerRail } from './places/server-rail.tsx'
import { describeFailure, sim } from './sim.ts'
import { goTo, useAddress } from './state/address.ts'
import { ChatContext, namesOf, useChat } from './state/chat-context.ts'
import type { Chat, Pane } from './state/chat-context.ts'
import { useActing } from './state/use-acting.ts'
import { useLive } from './state/use-live.ts'
import { SidePanel } from './timeline/side-panel.tsx'
import { Icon } from './ui/icon.tsx'

const messagesAPage = 50
const mostMessages = 500

/** The whole page: one person's Discord, and beside it what the bot did. */
export function App() {
  const address = useAddress()
  const [limit, setLimit] = useState(messagesAPage)
  const [pane, setPane] = useState<Pane>('messages')
  const [failure, setFailure] = useState<string | null>(null)
  const toDemoUser = useCallback(() => {
    sim.app().then(
      (app) => goTo({ userId: app.demoUser.id, guildId: null, channelId: null }, 'replace'),
      (error: unknown) => setFailure(describeFailure(error)),
    )
  }, [])
  const live = useLive(address, limit, toDemoUser)
  const { pieces, placeFor } = live
  const place = pieces?.place ?? null
  const acting = useActing(address.userId ?? '', place?.channelId ?? null)

  useEffect(() => {
    if (address.userId === null) toDemoUser()
  }, [address.userId, toDemoUser])

  // What the simulator chose for an address that names no channel, or one that this person does not see.
  useEffect(() => {
    if (!place || placeFor !== address) return
    goTo({ userId: address.userId, guildId: place.guildId ?? '@me', channelId: place.channelId }, 'replace')
  }, [place, placeFor, address])

  const names = useMemo(() => (pieces ? namesOf(pieces) : null), [pieces])
  if (!pieces || !names || address.userId === null) {
    return (
      <p className="starting" role="status">
        {failure ??
          (live.connected
            ? 'Looking at the simulated Discord…'
            : 'The simulator cannot be reached; trying again…')}
      </p>
    )
  }
  const chat: Chat = {
    live: { ...live, pieces },
    me: pieces.me,
    channel: pieces.channels.find((channel) => channel.id === pieces.place.channelId) ?? null,
    pane,
    show: setPane,
    go: (change) => {
      setLimit(messagesAPage)
      goTo({ ...address, ...change })
    },
    acting,
    names,
    showOlder: () => setLimit((shown) => Math.min(mostMessages, shown + messagesAPage)),
  }
  return (
    <ChatContext value={chat}>
      <div className="page" data-pane={pane}>
        {live.connected ? null : (
          <p className="disconnected" role="alert">
            The connection to the simulator is lost; trying again…
          </p>
        )}
        <ServerRail />
        <ChannelList />
        <Conversation key={`${chat.me.id}-${pieces.place.channelId ?? ''}`} />
        <SidePanel />
      </div>
      <ModalDialog />
    </ChatContext>
  )
}

function Conversation() {
  const { channel, show, live } = useChat()
  const [subject, setSubject] = useState<Subject>({ kind: 'new' })
  return (
    <main className="conversation">
      <header className="bar">
        <button
          type="button"
          className="icon-button narrow-only"
          aria-label="Servers and channels"
          onClick={() => show('channels')}
        >
          <Icon name="back" />
        </button>
        {channel ? <ChannelIcon type={channel.type} /> : null}
        <h1 className="ellipsis">{channel?.name ?? 'No channel to see here'}</h1>
        {channel?.topic ? <p className="topic ellipsis">{channel.topic}</p> : null}
        {channel?.thread?.archived ? <span className="tag">archived</span> : null}
        {channel?.thread?.locked ? <span className="tag">locked</span> : null}
        <span className="simulated tag" title="Nothing here leaves this machine">
          simulated
        </span>
        <button
          type="button"
          className="icon-button narrow-only"
          aria-label="Timeline and people"
          onClick={() => show('side')}
        >
          <Icon name="activity" />
        </button>
      </header>
      {channel ? (
        <>
          <MessageList
            onReply={(message) => setSubject({ kind: 'reply', message })}
            onEdit={(message) => setSubject({ kind: 'edit', message })}
          />
          <Composer
            key={subject.kind === 'new' ? 'new' : `${subject.kind}-${subject.message.id}`}
            subject={subject}
            onDone={() => setSubject({ kind: 'new' })}
          />
        </>
      ) : (
        <p className="empty">
          {live.pieces.place.guildId === null
            ? `${live.pieces.me.name} has no direct messages yet.`
            : `${live.pieces.me.name} sees no channel of this server.`}
        </p>
      )}
    </main>
  )
}
