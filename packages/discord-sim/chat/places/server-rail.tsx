import { useChat } from '../state/chat-context.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Icon } from '../ui/icon.tsx'

/** The servers that the person is in, and the way to their direct messages. */
export function ServerRail() {
  const { live, go } = useChat()
  const { servers, place } = live.pieces
  return (
    <nav className="rail" aria-label="Servers">
      <ul>
        <li>
          <button
            type="button"
            className="rail-item direct"
            aria-current={place.guildId === null ? 'page' : undefined}
            title="Direct messages"
            onClick={() => go({ guildId: '@me', channelId: null })}
          >
            <Icon name="thread" />
            <span className="visually-hidden">Direct messages</span>
          </button>
        </li>
        {servers.map((server) => (
          <li key={server.id}>
            <button
              type="button"
              className="rail-item"
              aria-current={place.guildId === server.id ? 'page' : undefined}
              title={server.name}
              onClick={() => go({ guildId: server.id, channelId: null })}
            >
              <Avatar id={server.id} name={server.name} square />
              <span className="visually-hidden">
                {server.name}
                {server.botIsHere ? '' : ', without the bot'}
                {server.unavailable ? ', in an outage' : ''}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </nav>
  )
}
