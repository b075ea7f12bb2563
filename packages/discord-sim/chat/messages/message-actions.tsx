import { ApplicationCommandType, MessageFlags } from 'discord-api-types/v10'
import {
  Button,
  Dialog,
  DialogTrigger,
  Menu,
  MenuItem,
  MenuSection,
  MenuTrigger,
  Popover,
  Header,
} from 'react-aria-components'
import type { MessageView } from '../../src/control/live/chat-view.ts'
import { sim } from '../sim.ts'
import { useChat } from '../state/chat-context.ts'
import { Icon } from '../ui/icon.tsx'

const commonEmojis = '👍 👎 ❤️ 😂 🎉 👀 🙏 🔥 ✅ ❌ 🤔 😮 😢 🚀 💯 👋'.split(' ')

interface MessageActionsProps {
  message: MessageView
  onReply: (message: MessageView) => void
  onEdit: (message: MessageView) => void
  /** While something is open, the actions must stay. */
  onOpenChange: (open: boolean) => void
}

/** What can be done with a message: react, reply, and a menu with the bot's message commands. */
export function MessageActions({ message, onReply, onEdit, onOpenChange }: MessageActionsProps) {
  const { me, live, channel, acting, go } = useChat()
  const own = message.author.id === me.id
  const isEphemeral = ((message.flags ?? 0) & MessageFlags.Ephemeral) !== 0
  const target = { channelId: message.channel_id, messageId: message.id, userId: me.id }
  const commands = live.pieces.commands.filter((command) => command.type === ApplicationCommandType.Message)
  const mayThread = live.pieces.place.guildId !== null && !channel?.thread && !message.thread
  const startThread = async () => {
    const name = (message.content || 'New thread').split('\n')[0]?.slice(0, 60) ?? 'New thread'
    const thread = await sim.createThread({
      channelId: message.channel_id,
      userId: me.id,
      name,
      fromMessageId: message.id,
    })
    go({ channelId: thread.id })
  }
  const act = (key: string) => {
    if (key === 'reply') return onReply(message)
    if (key === 'edit') return onEdit(message)
    if (key === 'thread') void acting.attempt(startThread)
    else if (key === 'delete') void acting.attempt(() => sim.deleteMessage(target))
    else if (key === 'copy') void acting.attempt(() => navigator.clipboard.writeText(message.id))
    else void acting.runCommand({ command: key.replace(/^command:/, ''), targetId: message.id })
  }
  if (isEphemeral) return null
  return (
    <div className="message-actions" role="group" aria-label="Message actions">
      <DialogTrigger onOpenChange={onOpenChange}>
        <Button className="icon-button" aria-label="Add a reaction">
          <Icon name="smile" />
        </Button>
        <Popover className="popover" placement="left top">
          <Dialog className="emoji-grid" aria-label="Choose a reaction">
            {({ close }) =>
              commonEmojis.map((emoji) => (
                <Button
                  key={emoji}
                  className="icon-button emoji"
                  onPress={() => {
                    close()
                    void acting.attempt(() => sim.addReaction({ ...target, emoji }))
                  }}
                >
                  {emoji}
                </Button>
              ))
            }
          </Dialog>
        </Popover>
      </DialogTrigger>
      <Button className="icon-button" aria-label="Reply" onPress={() => onReply(message)}>
        <Icon name="reply" />
      </Button>
      <MenuTrigger onOpenChange={onOpenChange}>
        <Button className="icon-button" aria-label="More">
          <Icon name="more" />
        </Button>
        <Popover className="popover" placement="left top">
          <Menu className="menu" onAction={(key) => act(String(key))}>
            <MenuItem id="reply">Reply</MenuItem>
            {own ? <MenuItem id="edit">Edit</MenuItem> : null}
            {mayThread ? <MenuItem id="thread">Start a thread</MenuItem> : null}
            <MenuItem id="copy">Copy the message’s ID</MenuItem>
            {own || channel?.canManageMessages ? (
              <MenuItem id="delete" className="danger">
                Delete
              </MenuItem>
            ) : null}
            {commands.length > 0 ? (
              <MenuSection>
                <Header>Apps</Header>
                {commands.map((command) => (
                  <MenuItem key={command.id} id={`command:${command.name}`}>
                    {command.name}
                  </MenuItem>
                ))}
              </MenuSection>
            ) : null}
          </Menu>
        </Popover>
      </MenuTrigger>
    </div>
  )
}
