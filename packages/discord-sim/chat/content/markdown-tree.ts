import { rulesExtended, SimpleMarkdown } from 'discord-markdown-parser'

/** A piece of parsed markdown: Discord's own kinds beside the usual ones. */
export type MarkdownNode =
  | { type: 'text'; content: string }
  | { type: 'inlineCode'; content: string }
  | { type: 'codeBlock'; content: string; lang: string }
  | {
      type: 'strong' | 'em' | 'underline' | 'strikethrough' | 'spoiler' | 'blockQuote' | 'subtext'
      content: MarkdownNode[]
    }
  | { type: 'heading'; level: number; content: MarkdownNode[] }
  | { type: 'list'; list: MarkdownList }
  | { type: 'link' | 'url' | 'autolink'; target: string; content: MarkdownNode[] }
  | { type: 'user' | 'role' | 'channel'; id: string }
  | { type: 'emoji'; id: string; name: string; animated: boolean }
  | { type: 'timestamp'; timestamp: string; format?: string }
  | { type: 'slashCommand'; fullName: string }
  | { type: 'everyone' | 'here' | 'br' | 'newline' }
  | { type: 'twemoji' | 'emoticon'; name?: string; content?: string }
  | { type: 'guildNavigation'; navigation?: string }

export interface MarkdownList {
  ordered: boolean
  /** The number of the first item. */
  start: number
  items: { content: MarkdownNode[]; lists: MarkdownList[] }[]
}

const item = / *(?:[-*]|\d{1,9}\.) +[^\n]+(?:\n|$)/.source
const listBlock = new RegExp(`^(?:${item})+`)
const itemParts = /^( *)([-*]|\d{1,9}\.) +(.+)$/

/** Lists, which the parser does not know. */
const list: (typeof rulesExtended)[string] = {
  order: (rulesExtended['blockQuote']?.order ?? 0) + 0.5,
  match: (source, state, before) =>
    state['inList'] !== true && /(?:^|\n) *$/.test(before) ? listBlock.exec(source) : null,
  parse: (capture, parse, state) => {
    const lines = (capture[0] ?? '').split('\n')
    return { list: readList(lines, (text) => nodes(parse(text, { ...state, inList: true }))) }
  },
}

const parser = SimpleMarkdown.parserFor({ ...rulesExtended, list })

/** Parses text as Discord's client does. */
export function parseMarkdown(text: string): MarkdownNode[] {
  return nodes(parser(text, { inline: true }))
}

/** True if there is nothing but emojis, which are shown larger then. */
export function isOnlyEmojis(text: string): boolean {
  const rest = text.replaceAll(
    /<a?:\w+:\d+>|\p{Extended_Pictographic}|\p{Emoji_Modifier}|\u200d|\ufe0f|\s/gu,
    '',
  )
  return text.trim() !== '' && rest === ''
}

function nodes(parsed: unknown): MarkdownNode[] {
  return parsed as MarkdownNode[]
}

function readList(lines: readonly string[], parse: (text: string) => MarkdownNode[]): MarkdownList {
  interface Level {
    indent: number
    list: MarkdownList
  }
  const levels: Level[] = []
  let root: MarkdownList | null = null
  for (const line of lines) {
    const [, spaces = '', mark = '', text = ''] = itemParts.exec(line) ?? []
    if (mark === '') continue
    const indent = spaces.length
    while ((levels.at(-1)?.indent ?? -1) > indent) levels.pop()
    let level = levels.at(-1)
    if (!level || indent > level.indent + 1) {
      const ordered = mark.endsWith('.')
      const made: MarkdownList = { ordered, start: ordered ? Number.parseInt(mark, 10) : 1, items: [] }
      level?.list.items.at(-1)?.lists.push(made)
      root ??= made
      level = { indent, list: made }
      levels.push(level)
    }
    level.list.items.push({ content: parse(text), lists: [] })
  }
  return root ?? { ordered: false, start: 1, items: [] }
}
