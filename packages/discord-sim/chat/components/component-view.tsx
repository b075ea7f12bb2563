import { ButtonStyle, ComponentType } from 'discord-api-types/v10'
import type {
  APIButtonComponent,
  APIContainerComponent,
  APIMediaGalleryComponent,
  APISectionComponent,
  APISelectMenuComponent,
} from 'discord-api-types/v10'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { Button } from 'react-aria-components'
import type { MessageView } from '../../src/control/live/chat-view.ts'
import { Markdown } from '../content/markdown.tsx'
import { hexOf } from '../content/hex-of.ts'
import { Media } from '../content/media.tsx'
import { useChat } from '../state/chat-context.ts'
import { EmojiText } from '../ui/emoji-text.tsx'
import { Icon } from '../ui/icon.tsx'
import type { MessageComponent } from './component-types.ts'
import { MessageSelect } from './message-select.tsx'

/** The components of a message: rows of buttons and selects, or a whole layout of them. */
export function Components({ message }: { message: MessageView }) {
  const { acting } = useChat()
  const failure = acting.failures[message.id]
  if (!message.components || message.components.length === 0) return null
  return (
    <div className="components">
      {message.components.map((component, index) => (
        <ComponentView key={component.id ?? index} component={component} message={message} />
      ))}
      {failure === undefined ? null : (
        <p className="problem" role="alert">
          {failure}
        </p>
      )}
    </div>
  )
}

function ComponentView({
  component,
  message,
}: {
  component: MessageComponent
  message: MessageView
}): ReactNode {
  switch (component.type) {
    case ComponentType.TextDisplay:
      return <Markdown text={component.content} />
    case ComponentType.Section:
      return <Section section={component} message={message} />
    case ComponentType.MediaGallery:
      return <Gallery gallery={component} />
    case ComponentType.File:
      return <Media url={component.file.url} spoiler={component.spoiler === true} asFile />
    case ComponentType.Separator:
      return component.divider === false ? (
        <div className={`gap gap-${component.spacing ?? 1}`} />
      ) : (
        <hr className={`divider gap-${component.spacing ?? 1}`} />
      )
    case ComponentType.Container:
      return <Container container={component} message={message} />
    case ComponentType.ActionRow:
      return (
        <div className="action-row">
          {component.components.map((child, index) => (
            <Interactive key={child.id ?? index} component={child} message={message} />
          ))}
        </div>
      )
    default:
      // A kind that this page does not know yet.
      return null
  }
}

function Interactive({
  component,
  message,
}: {
  component: APIButtonComponent | APISelectMenuComponent
  message: MessageView
}) {
  return component.type === ComponentType.Button ? (
    <MessageButton button={component} message={message} />
  ) : (
    <MessageSelect select={component} message={message} />
  )
}

function Section({ section, message }: { section: APISectionComponent; message: MessageView }) {
  const { accessory } = section
  return (
    <div className="section">
      <div className="section-text">
        {section.components.map((child, index) => (
          <ComponentView key={child.id ?? index} component={child} message={message} />
        ))}
      </div>
      {accessory.type === ComponentType.Button ? (
        <MessageButton button={accessory} message={message} />
      ) : (
        <div className="thumbnail">
          <Media
            url={accessory.media.url}
            description={accessory.description ?? undefined}
            spoiler={accessory.spoiler === true}
          />
        </div>
      )}
    </div>
  )
}

function Gallery({ gallery }: { gallery: APIMediaGalleryComponent }) {
  return (
    <div className={`gallery gallery-${Math.min(gallery.items.length, 4)}`}>
      {gallery.items.map((item) => (
        <Media
          key={item.media.url}
          url={item.media.url}
          description={item.description ?? undefined}
          spoiler={item.spoiler === true}
        />
      ))}
    </div>
  )
}

function Container({ container, message }: { container: APIContainerComponent; message: MessageView }) {
  const [shown, setShown] = useState(container.spoiler !== true)
  const color = container.accent_color
  const style = typeof color === 'number' ? { '--accent-bar': hexOf(color) } : {}
  return (
    <div className={typeof color === 'number' ? 'container accented' : 'container'} style={style}>
      {shown ? (
        container.components.map((child, index) => (
          <ComponentView key={child.id ?? index} component={child} message={message} />
        ))
      ) : (
        <Button className="button secondary" onPress={() => setShown(true)}>
          Show spoiler
        </Button>
      )}
    </div>
  )
}

const styles: Readonly<Record<ButtonStyle, string>> = {
  [ButtonStyle.Primary]: 'primary',
  [ButtonStyle.Secondary]: 'secondary',
  [ButtonStyle.Success]: 'success',
  [ButtonStyle.Danger]: 'danger',
  [ButtonStyle.Link]: 'secondary',
  [ButtonStyle.Premium]: 'premium',
}

function MessageButton({ button, message }: { button: APIButtonComponent; message: MessageView }) {
  const { acting } = useChat()
  const className = `button ${styles[button.style]}`
  const emoji = 'emoji' in button && button.emoji ? <EmojiText emoji={button.emoji} /> : null
  if (button.style === ButtonStyle.Link) {
    return (
      <a className={className} href={button.url} target="_blank" rel="noreferrer noopener">
        {emoji}
        {button.label} <Icon name="external" />
      </a>
    )
  }
  if (button.style === ButtonStyle.Premium) return <span className={className}>Premium</span>
  const busy = acting.waiting.has(`${message.id}:${button.custom_id}`)
  const label = button.label ?? button.emoji?.name ?? 'button'
  return (
    <Button
      className={className}
      isDisabled={button.disabled === true}
      isPending={busy}
      aria-label={label}
      onPress={() => void acting.useComponent({ messageId: message.id, customId: button.custom_id })}
    >
      {busy ? <span className="spinner" /> : emoji}
      {button.label}
    </Button>
  )
}
