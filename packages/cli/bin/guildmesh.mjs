#!/usr/bin/env node
// Starts the command line: from its sources in a checkout, from its bundle elsewhere. Plain JavaScript, because it
// runs on whatever Node the machine has; if that is too old, the Node that the lockfile pins takes over.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const source = new URL('../src/main.ts', import.meta.url)
const bundle = new URL('../dist/main.js', import.meta.url)
const entry = existsSync(source) ? source : bundle
const pinned = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url))
const [major = 0] = process.versions.node.split('.').map(Number)

if (major >= 24) {
  await import(entry.href)
} else if (existsSync(pinned)) {
  const { status } = spawnSync(pinned, [fileURLToPath(entry), ...process.argv.slice(2)], { stdio: 'inherit' })
  process.exitCode = status ?? 1
} else {
  process.stderr.write(
    `error: guildmesh needs Node 24, but this is Node ${process.versions.node}.\nnext:  Run "npm ci" in the checkout, or install Node 24.\n`,
  )
  process.exitCode = 1
}
