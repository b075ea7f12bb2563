import { Fragment, useState } from 'react'
import type { ReactNode } from 'react'
import { useChat } from '../state/chat-context.ts'
import { isOnlyEmojis, parseMarkdown } from './markdown-tree.ts'
import type { MarkdownList, MarkdownNode } from './markdown-tree.ts'
import { Timestamp } from './timestamp.tsx'

/** Text as Discord shows it. */
export function Markdown({ text }: { text: string }) {
  const className = isOnlyEmojis(text) ? 'markdown only-emojis' : 'markdown'
  return (
    <div className={className}>
      <Nodes nodes={parseMarkdown(text)} />
    </div>
  )
}

function Nodes({ nodes }: { nodes: readonly MarkdownNode[] }) {
  return nodes.map((node, index) => (
    // Text has no identity of its own: it is parsed anew as a whole.
    // oxlint-disable-next-line react/no-array-index-key
    <Fragment key={index}>
      <Node node={node} />
    </Fragment>
  ))
}

function Node({ node }: { node: MarkdownNode }): ReactNode {
  switch (node.type) {
    case 'text':
      return node.content
    case 'br':
    case 'newline':
      return <br />
    case 'strong':
      return (
        <strong>
          <Nodes nodes={node.content} />
        </strong>
      )
    case 'em':
      return (
        <em>
          <Nodes nodes={node.content} />
        </em>
      )
    case 'underline':
      return (
        <u>
          <Nodes nodes={node.content} />
        </u>
      )
    case 'strikethrough':
      return (
        <s>
          <Nodes nodes={node.content} />
        </s>
      )
    case 'spoiler':
      return (
        <Spoiler>
          <Nodes nodes={node.content} />
        </Spoiler>
      )
    case 'subtext':
      return (
        <small className="subtext">
          <Nodes nodes={node.content} />
        </small>
      )
    case 'blockQuote':
      return (
        <blockquote>
          <Nodes nodes={withoutLastBreak(node.content)} />
        </blockquote>
      )
    case 'heading':
      // Headings of people are no headings of the page.
      return (
        <strong className={`heading heading-${Math.min(3, node.level)}`}>
          <Nodes nodes={node.content} />
        </strong>
      )
    case 'list':
      return <List list={node.list} />
    case 'inlineCode':
      return <code>{node.content}</code>
    case 'codeBlock':
      return (
        // Scrolls sideways, so the keyboard must reach it.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <pre tabIndex={0} aria-label={node.lang ? `code, ${node.lang}` : 'code'}>
          <code>{node.content}</code>
        </pre>
      )
    case 'link':
    case 'url':
    case 'autolink':
      return <Link target={node.target}>{<Nodes nodes={node.content} />}</Link>
    case 'emoji':
      return (
        <span className="custom-emoji" title={`:${node.name}:`}>
          :{node.name}:
        </span>
      )
    case 'timestamp':
      return <Timestamp seconds={Number(node.timestamp)} style={node.format ?? 'f'} />
    case 'slashCommand':
      return <span className="mention">/{node.fullName}</span>
    case 'everyone':
    case 'here':
      return <span className="mention">@{node.type}</span>
    case 'guildNavigation':
      return <span className="mention">#{node.navigation ?? 'guide'}</span>
    case 'user':
    case 'role':
    case 'channel':
      return <Mention kind={node.type} id={node.id} />
    case 'twemoji':
    case 'emoticon':
      return node.name ?? node.content ?? ''
    default:
      return node satisfies never
  }
}

function withoutLastBreak(nodes: MarkdownNode[]): MarkdownNode[] {
  return nodes.at(-1)?.type === 'br' ? nodes.slice(0, -1) : nodes
}

function List({ list }: { list: MarkdownList }) {
  const items = list.items.map((item, index) => (
    // oxlint-disable-next-line react/no-array-index-key
    <li key={index}>
      <Nodes nodes={item.content} />
      {item.lists.map((nested, place) => (
        // oxlint-disable-next-line react/no-array-index-key
        <List key={place} list={nested} />
      ))}
    </li>
  ))
  return list.ordered ? <ol start={list.start}>{items}</ol> : <ul>{items}</ul>
}

function Link({ target, children }: { target: string; children: ReactNode }) {
  const isWeb = /^https?:\/\//i.test(target)
  return isWeb ? (
    <a href={target} target="_blank" rel="noreferrer noopener">
      {children}
    </a>
  ) : (
    children
  )
}

/** Hidden until it is clicked. */
function Spoiler({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState(false)
  return shown ? (
    <span className="spoiler shown">{children}</span>
  ) : (
    <button type="button" className="spoiler" aria-label="Show spoiler" onClick={() => setShown(true)}>
      <span aria-hidden="true">{children}</span>
    </button>
  )
}

function Mention({ kind, id }: { kind: 'user' | 'role' | 'channel'; id: string }) {
  const { names, live, go } = useChat()
  if (kind === 'channel') {
    const channel = names.channel(id)
    if (!channel) return <span className="mention">#unknown</span>
    return (
      <button type="button" className="mention" onClick={() => go({ channelId: id })}>
        #{channel.name}
      </button>
    )
  }
  if (kind === 'role') {
    const role = id === live.pieces.place.guildId ? undefined : names.role(id)
    return <span className="mention">@{role?.name ?? 'unknown role'}</span>
  }
  const person = names.person(id)
  const mentioned = live.messages.flatMap((message) => message.mentions).find((user) => user.id === id)
  return (
    <span className="mention">
      @{person?.name ?? mentioned?.global_name ?? mentioned?.username ?? 'unknown user'}
    </span>
  )
}
