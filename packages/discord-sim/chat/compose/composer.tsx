import { useMemo, useRef, useState } from 'react'
import type { MessageView } from '../../src/control/live/chat-view.ts'
import { sim } from '../sim.ts'
import { useChat } from '../state/chat-context.ts'
import { Icon } from '../ui/icon.tsx'
import { CommandForm } from './command-form.tsx'
import { encodeMentions, matchMentions, mentionBefore } from './mentions.ts'
import type { WrittenMention } from './mentions.ts'
import { readFiles } from './read-files.ts'
import { matchCommands, slashCommands } from './slash-commands.ts'
import type { SlashCommand } from './slash-commands.ts'
import { Suggestions, useSuggestions } from './suggestions.tsx'
import { TypingLine } from './typing-line.tsx'

/** What the next message is about. */
export type Subject = { kind: 'new' } | { kind: 'reply' | 'edit'; message: MessageView }

interface ComposerProps {
  subject: Subject
  onDone: () => void
}

const typingEveryMs = 8_000

/** Where a person writes: messages, replies, edits, and commands after a slash. */
export function Composer({ subject, onDone }: ComposerProps) {
  const { live, me, channel, acting, names } = useChat()
  const { people, roles, commands, place } = live.pieces
  const [text, setText] = useState(subject.kind === 'edit' ? subject.message.content : '')
  const [caret, setCaret] = useState(0)
  const [mentions, setMentions] = useState<readonly WrittenMention[]>([])
  const [files, setFiles] = useState<readonly File[]>([])
  const [command, setCommand] = useState<SlashCommand | null>(null)
  const field = useRef<HTMLTextAreaElement>(null)
  const lastTyping = useRef(0)
  const slash = useMemo(() => slashCommands(commands), [commands])

  const typedMention = mentionBefore(text, caret)
  const isSlash = subject.kind === 'new' && /^\/[^\n]*$/.test(text)
  const items = isSlash
    ? matchCommands(slash, text.slice(1)).map((found) => ({
        key: found.path,
        label: `/${found.path}`,
        description: found.description,
        choose: () => {
          setCommand(found)
          setText('')
        },
      }))
    : typedMention === null
      ? []
      : matchMentions(people, roles, typedMention, place.guildId).map((mention) => ({
          key: mention.code,
          label: mention.shown,
          description: '',
          choose: () => {
            const before = text.slice(0, caret - typedMention.length - 1)
            setText(`${before}${mention.shown} ${text.slice(caret)}`)
            setMentions((known) => [...known, mention])
            field.current?.focus()
          },
        }))
  const suggestions = useSuggestions(items)

  if (!channel) return null
  const target = { channelId: channel.id, userId: me.id }
  if (command) {
    return (
      <CommandForm
        key={command.path}
        command={command}
        onClose={() => {
          setCommand(null)
          requestAnimationFrame(() => field.current?.focus())
        }}
      />
    )
  }
  if (!channel.canSend) {
    return <p className="composer-closed">{me.name} may not write here.</p>
  }

  const send = async () => {
    const content = encodeMentions(text, mentions)
    if (content.trim() === '' && files.length === 0) return
    const sent = await acting.attempt(async () => {
      if (subject.kind === 'edit') {
        return sim.editMessage({ ...target, messageId: subject.message.id, content })
      }
      const attachments = await readFiles(files)
      const reply = subject.kind === 'reply' ? { replyTo: subject.message.id } : {}
      return sim.sendMessage({ ...target, content, attachments, ...reply })
    })
    if (!sent) return
    setText('')
    setMentions([])
    setFiles([])
    onDone()
  }
  const typed = (value: string, at: number) => {
    setText(value)
    setCaret(at)
    if (value !== '' && !value.startsWith('/') && Date.now() - lastTyping.current > typingEveryMs) {
      lastTyping.current = Date.now()
      void sim.startTyping(target).catch(() => undefined)
    }
  }
  return (
    <div className="composer">
      {subject.kind === 'new' ? null : (
        <p className="subject">
          <span className="ellipsis">
            {subject.kind === 'edit'
              ? 'Editing your message'
              : `Replying to ${names.person(subject.message.author.id)?.name ?? subject.message.author.username}`}
          </span>
          <button type="button" className="icon-button" aria-label="Cancel" onClick={onDone}>
            <Icon name="close" />
          </button>
        </p>
      )}
      {files.length > 0 ? (
        <ul className="files" aria-label="Files to send">
          {files.map((file) => (
            <li key={`${file.name}-${file.size}`}>
              <Icon name="file" /> {file.name}
              <button
                type="button"
                className="icon-button"
                aria-label={`Remove ${file.name}`}
                onClick={() => setFiles((known) => known.filter((other) => other !== file))}
              >
                <Icon name="close" />
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      <Suggestions suggestions={suggestions} label={isSlash ? 'Commands' : 'People and roles'} />
      <form
        className="composer-line"
        onSubmit={(event) => {
          event.preventDefault()
          void send()
        }}
      >
        <label className="icon-button">
          <Icon name="plus" />
          <span className="visually-hidden">Attach files</span>
          <input
            type="file"
            className="visually-hidden"
            multiple
            onChange={(event) => {
              setFiles((known) => [...known, ...(event.target.files ?? [])].slice(0, 10))
              event.target.value = ''
            }}
          />
        </label>
        <textarea
          ref={field}
          rows={1}
          value={text}
          maxLength={4_000}
          aria-label={`Message ${channel.name}`}
          placeholder={
            slash.length > 0 ? `Message ${channel.name}, or / for commands` : `Message ${channel.name}`
          }
          {...suggestions.fieldProps}
          onChange={(event) => typed(event.target.value, event.target.selectionStart)}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
          onKeyDown={(event) => {
            if (suggestions.handleKey(event)) return
            if (event.key === 'Escape' && subject.kind !== 'new') onDone()
            if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
            event.preventDefault()
            void send()
          }}
        />
        <button type="submit" className="icon-button send" aria-label="Send">
          <Icon name="send" />
        </button>
      </form>
      <TypingLine />
    </div>
  )
}
