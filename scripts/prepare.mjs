// Installs from the lockfile what is missing, before `npm start` and `npm test`. Plain JavaScript, because it runs
// on whatever Node the machine has; the scripts after it run the Node that the lockfile pins.
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'

const root = fileURLToPath(new URL('..', import.meta.url))
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  fail(
    `Node ${process.versions.node} is too old: guildmesh needs Node 20.19 or newer to start. Install a newer Node.`,
  )
}

if (!isInstalled()) {
  process.stderr.write('guildmesh: installing dependencies from package-lock.json (once)…\n')
  const npm = process.env.npm_execpath
  const [command, args] = npm ? [process.execPath, [npm, 'ci']] : ['npm', ['ci']]
  const { status } = spawnSync(command, [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    // A production NODE_ENV would leave out the build tools.
    env: { ...process.env, NODE_ENV: 'development' },
  })
  if (status !== 0)
    fail('npm ci failed (its message is above). Check the network and the disk, then run the command again.')
}

/** npm writes node_modules/.package-lock.json last, so an interrupted or outdated install is seen. */
function isInstalled() {
  const installed = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(installed)) return false
  return statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs
}

function fail(message) {
  process.stderr.write(`guildmesh: ${message}\n`)
  process.exit(1)
}
