// `npm run bench [-- names]`: the benches of the event path. What they measure: bench/README.md.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { BenchContext, BenchResult } from './bench-context.ts'
import { benchCpu } from './event-cpu.ts'
import { benchLatency } from './event-latency.ts'
import { benchMemory } from './gateway-memory.ts'
import { benchThroughput } from './event-throughput.ts'
import { machineFacts, renderTable, ResultFile } from './results.ts'

const benches = {
  latency: benchLatency,
  throughput: benchThroughput,
  cpu: benchCpu,
  memory: benchMemory,
} satisfies Record<string, (context: BenchContext) => Promise<BenchResult>>

type BenchName = keyof typeof benches

const names = Object.keys(benches).filter((name): name is BenchName => name in benches)
const help = `Benches of the event path, with real processes on this machine.

usage: npm run bench [-- options] [${names.join(' | ')} ...]
  --profile   also takes a CPU profile of the gateways while "cpu" measures
  --help      shows this

Without a name all are run: about twelve minutes. Results: bench/results/bench.md and bench.json.`

/** Even a bench that hangs ends after this. */
const longestRunMs = 25 * 60_000

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { profile: { type: 'boolean' }, help: { type: 'boolean' } },
})
const unknown = positionals.filter((name) => !names.some((known) => known === name))
if (values.help === true || unknown.length > 0) {
  if (unknown.length > 0) process.stderr.write(`There is no bench "${unknown.join('", "')}".\n\n`)
  process.stdout.write(`${help}\n`)
  process.exitCode = unknown.length > 0 ? 2 : 0
} else if (process.platform !== 'linux') {
  process.stderr.write('The benches read /proc, which only Linux has.\n')
  process.exitCode = 1
} else {
  await run(positionals.length === 0 ? names : names.filter((name) => positionals.includes(name)))
}

async function run(chosen: readonly BenchName[]): Promise<void> {
  const ending = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => ending.abort(new Error(`ended by ${signal}`)))
  }
  const tooLong = setTimeout(() => ending.abort(new Error('the benches took too long')), longestRunMs)
  const folder = join(import.meta.dirname, 'results')
  mkdirSync(folder, { recursive: true })
  const results = new ResultFile(folder)
  const beganAt = performance.now()
  const say = (line: string) => {
    const seconds = Math.round((performance.now() - beganAt) / 1000)
    process.stdout.write(`${`${seconds} s`.padStart(6)}  ${line}\n`)
  }
  try {
    say(machineFacts())
    for (const name of chosen) {
      say(`— ${name} —`)
      const startedAt = performance.now()
      const result = await benches[name]({
        signal: ending.signal,
        profileDir: values.profile === true ? folder : null,
        say,
      })
      results.add(name, result, Math.round((performance.now() - startedAt) / 1000))
      process.stdout.write(`\n${result.tables.map((table) => renderTable(table)).join('\n\n')}\n`)
      for (const note of result.notes) process.stdout.write(`  · ${note}\n`)
      process.stdout.write('\n')
    }
    say(`written: ${results.paths.join(', ')}`)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    process.exitCode = 1
  } finally {
    clearTimeout(tooLong)
  }
}
