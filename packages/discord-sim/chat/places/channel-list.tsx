import { sim } from '../sim.ts'
import { useChat } from '../state/chat-context.ts'
import type { ChannelView } from '../../src/control/live/chat-view.ts'
import { useMedia } from '../ui/use-media.ts'
import { arrangeChannels } from './arrange-channels.ts'
import { ChannelIcon } from './channel-icon.tsx'
import { PersonSwitcher } from './person-switcher.tsx'

/** The channels of the server that the person sees, and who that person is. */
export function ChannelList() {
  const { live, me, pane } = useChat()
  const { place, servers, channels } = live.pieces
  const server = servers.find((candidate) => candidate.id === place.guildId)
  const groups = arrangeChannels(channels, place.channelId)
  // Alone on a narrow screen, the list is the page.
  const isPage = useMedia('(max-width: 700px)') && pane === 'channels'
  const Frame = isPage ? 'main' : 'div'
  const Title = isPage ? 'h1' : 'h2'
  const Category = isPage ? 'h2' : 'h3'
  return (
    <Frame className="channels">
      <header className="bar">
        <Title>{server?.name ?? 'Direct messages'}</Title>
        {server && !server.botIsHere ? <span className="tag">no bot</span> : null}
        {server?.unavailable ? <span className="tag warn">outage</span> : null}
      </header>
      <nav className="scroll" aria-label="Channels">
        {place.guildId === null && place.channelId === null ? <WriteToBot /> : null}
        {groups.map(({ category, channels: listed }) => (
          <section key={category?.id ?? 'top'} aria-label={category?.name ?? 'Channels'}>
            {category ? <Category className="category">{category.name}</Category> : null}
            <ul>
              {listed.map(({ channel, threads }) => (
                <li key={channel.id}>
                  <ChannelLink channel={channel} />
                  {threads.length > 0 ? (
                    <ul className="threads" aria-label={`Threads of ${channel.name}`}>
                      {threads.map((thread) => (
                        <li key={thread.id}>
                          <ChannelLink channel={thread} />
                        </li>
                      ))}
                    </ul>
                  ) : null}
                </li>
              ))}
            </ul>
          </section>
        ))}
      </nav>
      <PersonSwitcher key={me.id} />
    </Frame>
  )
}

function ChannelLink({ channel }: { channel: ChannelView }) {
  const { live, go, show } = useChat()
  const open = live.pieces.place.channelId === channel.id
  return (
    <button
      type="button"
      className="channel"
      aria-current={open ? 'page' : undefined}
      onClick={() => {
        go({ channelId: channel.id })
        show('messages')
      }}
    >
      <ChannelIcon type={channel.type} />
      <span className="ellipsis">{channel.name}</span>
    </button>
  )
}

function WriteToBot() {
  const { live, me, go, show, acting } = useChat()
  const begin = () =>
    acting.attempt(async () => {
      const channel = await sim.openDirectMessage({ userId: me.id })
      go({ guildId: '@me', channelId: channel.id })
      show('messages')
    })
  return (
    <button type="button" className="channel" onClick={() => void begin()}>
      <ChannelIcon type={1} />
      <span className="ellipsis">Write to {live.pieces.bot.name}</span>
    </button>
  )
}
