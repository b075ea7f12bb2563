// Adds up what the test runners reported (reports/*.json of packages/*, docs and k8s) and prints one line:
// `N passed, N failed, N skipped`. A suite that should have reported and did not counts as a failure.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const suites = [
  { script: 'test', report: 'unit.json' },
  { script: 'test:e2e', report: 'e2e.json' },
  { script: 'test:faults', report: 'faults.json' },
]
const sum = { passed: 0, failed: 0, skipped: 0 }

const folders = [...readdirSync(join(root, 'packages')).map((name) => join('packages', name)), 'docs', 'k8s']
for (const folder of folders) {
  const manifest = join(root, folder, 'package.json')
  if (!existsSync(manifest)) continue
  const scripts = readJson(manifest)['scripts']
  for (const { script, report } of suites) {
    if (typeof scripts !== 'object' || scripts === null || !(script in scripts)) continue
    const path = join(root, folder, 'reports', report)
    if (existsSync(path)) add(readJson(path), folder)
    else {
      process.stderr.write(`${folder}: ${script} left no report\n`)
      sum.failed += 1
    }
  }
}
process.stdout.write(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped\n`)
process.exitCode = sum.failed === 0 ? 0 : 1

function add(report: Record<string, unknown>, folder: string): void {
  const failedTests = count(report, 'numFailedTests')
  sum.passed += count(report, 'numPassedTests')
  sum.skipped += count(report, 'numPendingTests') + count(report, 'numTodoTests')
  sum.failed += failedTests
  // A file that does not load, or an error outside any test, fails a run in which no test failed.
  if (report['success'] !== true && failedTests === 0) {
    process.stderr.write(`${folder}: the run failed outside its tests\n`)
    sum.failed += 1
  }
}

function count(report: Record<string, unknown>, name: string): number {
  const value = report[name]
  if (typeof value !== 'number') throw new Error(`a report without ${name}`)
  return value
}

function readJson(path: string): Record<string, unknown> {
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
  if (typeof value !== 'object' || value === null) throw new Error(`${path} holds no object`)
  return { ...value }
}
