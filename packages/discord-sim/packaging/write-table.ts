// Writes the table of what is and is not simulated into the README: `npm run docs:simulated`.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { simulatedTable, withTable } from './simulated-table.ts'

const readme = fileURLToPath(new URL('../README.md', import.meta.url))
writeFileSync(readme, withTable(readFileSync(readme, 'utf8'), await simulatedTable()))
