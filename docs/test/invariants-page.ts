import type { SourceFile } from './source-tree.ts'

/** One numbered rule of `docs/invariants.md`. */
export interface Invariant {
  /** As `T1`, `R8` or `I19`. */
  readonly number: string
  readonly enforced: readonly string[]
  /** Test files that show it. */
  readonly shown: readonly string[]
  /** The work that brings it, if it is not there yet. */
  readonly later: string | null
}

/** Reads the entries of the page: a heading `### T1: name`, and lines that begin with Enforced, Shown or Later. */
export function readInvariants(page: string): Invariant[] {
  return page
    .split(/^### /m)
    .slice(1)
    .map((section) => {
      const number = /^([TRI]\d+): \S/.exec(section)?.[1]
      if (number === undefined) throw new Error(`not a heading of an invariant: ${section.split('\n')[0]}`)
      return {
        number,
        enforced: filesOf(section, 'Enforced'),
        shown: filesOf(section, 'Shown'),
        later: /^- Later: (.+)$/m.exec(section)?.[1] ?? null,
      }
    })
}

function filesOf(section: string, label: string): string[] {
  const line = new RegExp(`^- ${label}: (.+)$`, 'm').exec(section)?.[1] ?? ''
  return [...line.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path)
}

const citation = /(?<![\w./-])[TRI]\d{1,2}(?![\w/-])/g

/** The numbers that a text cites: T1–T16, R1–R10, I1–I19 and whatever else has their form. */
export function citationsIn(text: string): string[] {
  return [...new Set(text.match(citation))]
}

/** Whether a file is a test, by its name. */
export function isTest({ path }: SourceFile): boolean {
  return /\.test\.tsx?$/.test(path)
}
