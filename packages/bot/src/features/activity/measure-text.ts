import type { CodeBlock } from '@guildmesh/guild-store'

/** Figures of a message's text. Code counts apart: it is not prose. */
export interface TextFigures {
  /** Graphemes (what a reader sees as one character) of prose, without white space at the ends. */
  readonly characters: number
  readonly words: number
  readonly codeBlocks: readonly CodeBlock[]
  /** Host of each link in the prose, in order. */
  readonly links: readonly string[]
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })
const words = new Intl.Segmenter('en', { granularity: 'word' })

/** ``` with an optional language on its first line, as Discord renders it; an unclosed one is prose. */
const fencedCode = /```(?:([a-z0-9_+\-.#]{1,30})\n)?([\s\S]*?)```/gi
const inlineCode = /(?<!`)(`{1,2})(?!`)(.+?)(?<!`)\1(?!`)/g
const link = /https?:\/\/[^\s<>|]+/gi

export function measureText(content: string): TextFigures {
  const codeBlocks: CodeBlock[] = []
  const withoutBlocks = content.replaceAll(fencedCode, (_all, language: string | undefined, code: string) => {
    const body = code.replace(/^\n/, '').replace(/\n$/, '')
    codeBlocks.push({
      language: language?.toLowerCase() ?? null,
      characters: countGraphemes(body),
      lines: body === '' ? 0 : body.split('\n').length,
    })
    return ' '
  })
  const prose = withoutBlocks.replaceAll(inlineCode, ' ').replaceAll(/\s+/g, ' ').trim()
  return {
    characters: countGraphemes(prose),
    words: countWords(prose.replaceAll(link, ' ')) + (prose.match(link)?.length ?? 0),
    codeBlocks,
    links: (prose.match(link) ?? []).flatMap((url) => {
      const host = URL.parse(url)?.hostname
      return host ? [host] : []
    }),
  }
}

/** Plain words with at most one mark behind each: most messages. Segmentation gives the same count, 20 times slower. */
const plainWords = /^(?:[A-Za-z0-9]+[,.!?]?(?: +|$))*$/
// oxlint-disable-next-line no-control-regex -- exactly the characters that are one grapheme each, whatever follows
const ascii = /^[\x20-\x7e]*$/

function countWords(text: string): number {
  const prose = text.trim()
  if (prose === '') return 0
  if (plainWords.test(prose)) return prose.split(/ +/).length
  let total = 0
  for (const { isWordLike } of words.segment(prose)) if (isWordLike) total += 1
  return total
}

function countGraphemes(text: string): number {
  return ascii.test(text) ? text.length : [...graphemes.segment(text)].length
}
