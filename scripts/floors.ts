// The floors of a package's folders, as docs/architecture.md lists them from the top down, and the imports that go
// against them.
import { dirname, join, relative, resolve } from 'node:path'

/** Package → floor of each folder or file of its `src`, 0 at the top. */
export type Floors = ReadonlyMap<string, ReadonlyMap<string, number>>

/** Reads the blocks below `## Floors`: a heading `### packages/<name>`, then a fenced list, one floor a line. */
export function parseFloors(markdown: string): Floors {
  const section = /^## Floors$(.*?)(?=^## |(?![\s\S]))/ms.exec(markdown)?.[1] ?? ''
  const blocks = section.matchAll(/^### packages\/([a-z-]+)\s*^```\n(.*?)^```$/gms)
  return new Map(
    Array.from(blocks, ([, name = '', list = '']) => {
      const lines = list.trim().split('\n')
      return [
        name,
        new Map(
          lines.flatMap((line, floor) =>
            line
              .trim()
              .split(/\s+/)
              .map((entry) => [entry, floor] as const),
          ),
        ),
      ]
    }),
  )
}

/** A file of a package and what it imports, by paths. */
export interface SourceFile {
  readonly path: string
  readonly imports: readonly string[]
}

/**
 * What of a package's `src` goes against its floors: an import of the same floor or a higher one, and what stands on no
 * floor. Tests may look at everything.
 */
export function floorProblems(
  folder: string,
  floors: ReadonlyMap<string, number>,
  files: readonly SourceFile[],
): string[] {
  const source = join(folder, 'src')
  const found = new Set<string>()
  const problems: string[] = []
  for (const { path, imports } of files) {
    const from = entryOf(source, path)
    if (from === null || /\.test\.tsx?$/.test(path)) continue
    found.add(from)
    const own = floors.get(from)
    if (own === undefined) {
      problems.push(`${path}: ${from} stands on no floor`)
      continue
    }
    for (const specifier of imports) {
      const to = entryOf(source, resolve(dirname(path), specifier))
      if (to === null || to === from) continue
      const floor = floors.get(to)
      if (floor === undefined || floor > own) continue
      const where = floor === own ? 'beside it' : 'above it'
      problems.push(`${path}: ${from} may not import ${to}, which stands ${where}`)
    }
  }
  for (const entry of floors.keys()) {
    if (!found.has(entry)) problems.push(`${source}: the floors name ${entry}, which is not there`)
  }
  return problems
}

/** The folder of `src` that a path lies in, or the file's name without ending; `null` outside `src`. */
function entryOf(source: string, path: string): string | null {
  const [first = '', ...rest] = relative(source, path).split('/')
  if (first === '..' || first === '') return null
  return rest.length > 0 ? first : first.replace(/\.tsx?$/, '')
}
