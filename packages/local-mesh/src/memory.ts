// `npm run memory -w @guildmesh/local-mesh`: memory of the processes of the running `npm start`.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { measureMemory, renderMemory } from './memory-report.ts'

const file = fileURLToPath(new URL('../../../.guildmesh/processes.json', import.meta.url))
if (process.platform !== 'linux') fail('Memory is read from /proc, which only Linux has.')
if (!existsSync(file))
  fail('No mesh is running here: .guildmesh/processes.json does not exist. Run "npm start" first.')
const pids: Record<string, number> = JSON.parse(readFileSync(file, 'utf8'))
process.stdout.write(`${renderMemory(measureMemory(new Map(Object.entries(pids))))}\n`)

function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
