import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { existsInTree, root } from './source-tree.ts'

const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
const section = /^## Two paths through the code$(.*?)^## /ms.exec(page)?.[1] ?? ''
const steps = Array.from(
  section.matchAll(/^\| \d+ \| `([^`]+)` \| `([^`]+)` \|/gm),
  ([, path = '', name = '']) => ({ path, name }),
)

/** Whether a file defines a function, method or private method of this name. */
function defines(text: string, name: string): boolean {
  const escaped = name.replace('#', '\\#')
  return new RegExp(`^\\s*(?:export )?(?:async )?(?:function )?${escaped}[<(]`, 'm').test(text)
}

test('both paths of docs/architecture.md are read', () => {
  expect(steps.length).toBeGreaterThan(25)
})

test.each(steps)('$path defines $name', ({ path, name }) => {
  expect(existsInTree(path), `${path} is not there`).toBe(true)
  expect(defines(readFileSync(join(root, path), 'utf8'), name)).toBe(true)
})
