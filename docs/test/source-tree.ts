import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** A text file of the repository; `path` is relative to its root, with slashes. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

const skippedFolders = new Set([
  'node_modules',
  'dist',
  'reports',
  'results',
  'coverage',
  '.git',
  '.tsbuild',
  '.turbo',
  '.guildmesh',
])
const readNames = /\.(ts|tsx|mts|mjs|js|css|html|sql|md|ya?ml|json|sh)$|^(Dockerfile|run|\.env\.example)$/
/** Files that tools write. */
const generated = new Set(['package-lock.json', 'packages/contracts/src/wire/wire-snapshot.json'])

/** Every text file that people write. */
export function readSourceTree(): SourceFile[] {
  return [...walk(root)].map((file) => ({
    path: relative(root, file).split(sep).join('/'),
    text: readFileSync(file, 'utf8'),
  }))
}

/** Whether a path relative to the root exists. */
export function existsInTree(path: string): boolean {
  return existsSync(join(root, path))
}

function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (!skippedFolders.has(entry.name)) yield* walk(path)
    } else if (
      entry.isFile() &&
      readNames.test(entry.name) &&
      !generated.has(relative(root, path).split(sep).join('/'))
    ) {
      yield path
    }
  }
}
