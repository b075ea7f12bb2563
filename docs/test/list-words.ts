// `npm run words [-- <path prefix>]`: lists the words that the project does not use, where they still are.
import { readSourceTree } from './source-tree.ts'
import { findWordUses, wordRules } from './word-list.ts'

const prefix = process.argv[2] ?? ''
const uses = findWordUses(readSourceTree()).filter(({ path }) => path.startsWith(prefix))
const packages = Map.groupBy(uses, ({ path }) => /^(packages\/[^/]+|[^/]+)/.exec(path)?.[0] ?? path)

for (const [name, found] of [...packages].toSorted(([a], [b]) => a.localeCompare(b))) {
  process.stdout.write(`\n${name}: ${found.length}\n`)
  for (const rule of wordRules) {
    const those = found.filter((use) => use.rule === rule.name)
    if (those.length === 0) continue
    process.stdout.write(`  ${rule.name} (${those.length}) → ${rule.instead}\n`)
    if (prefix === '') continue
    for (const { path, line, text } of those) {
      process.stdout.write(`    ${path}:${line} ${text.slice(0, 120)}\n`)
    }
  }
}
process.stdout.write(`\n${uses.length} in all\n`)
