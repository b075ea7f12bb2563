/** One step of a page that is followed: the text that a file gets, or a change of a file. */
export type PageStep =
  | { readonly kind: 'write'; readonly path: string; readonly text: string; readonly atEnd: boolean }
  | { readonly kind: 'change'; readonly path: string; readonly before: string; readonly after: string }

const fence = /^```(\w+)$/
/** A paragraph that begins with a file's path names the file of the blocks after it. */
const namesFile = /^`([^`]+\/[^`]+\.\w+)`/

/**
 * Reads the steps of a page: a `ts` block is the text of the file that the paragraph before it names (or what comes at
 * its end, if that paragraph says so), a `diff` block a change of it. Other blocks are not steps.
 */
export function readSteps(page: string): PageStep[] {
  const steps: PageStep[] = []
  const lines = page.split('\n')
  let path = ''
  let atEnd = false
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const named = namesFile.exec(line)?.[1]
    if (named !== undefined) {
      path = named
      atEnd = line.includes('at the end')
    }
    const language = fence.exec(line)?.[1]
    if (language === undefined) continue
    const end = lines.indexOf('```', at)
    const block = lines.slice(at + 1, end)
    at = end
    if (language === 'ts') steps.push({ kind: 'write', path, text: `${block.join('\n')}\n`, atEnd })
    if (language === 'diff') steps.push({ kind: 'change', path, ...readChange(block) })
  }
  return steps
}

function readChange(block: readonly string[]): { readonly before: string; readonly after: string } {
  const side = (signs: string) =>
    block
      .filter((line) => line === '' || signs.includes(line.charAt(0)))
      .map((line) => `${line.slice(1)}\n`)
      .join('')
  return { before: side(' -'), after: side(' +') }
}

/** The steps with another number for the migration that the page adds: `0008` and `version: 8` there. */
export function withMigrationNumber(steps: readonly PageStep[], number: number): PageStep[] {
  const renumbered = JSON.stringify(steps)
    .replaceAll('0008-', `${String(number).padStart(4, '0')}-`)
    .replaceAll('version: 8,', `version: ${number},`)
  const parsed: PageStep[] = JSON.parse(renumbered)
  return parsed
}

/** Does a step on a file's text; `null`: the file does not exist. @throws Error if the step does not fit the file */
export function takeStep(step: PageStep, text: string | null): string {
  if (step.kind === 'write') {
    if (step.atEnd === (text !== null)) return step.atEnd ? `${text}\n${step.text}` : step.text
    throw new Error(`${step.path} ${step.atEnd ? 'does not exist' : 'exists already'}`)
  }
  const parts = (text ?? '').split(step.before)
  if (parts.length !== 2) throw new Error(`${step.path} has ${parts.length - 1} times:\n${step.before}`)
  return parts.join(step.after)
}
