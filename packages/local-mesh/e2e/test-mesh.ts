import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createSimClient } from '@guildmesh/discord-sim/client'
import { type LocalMesh, type LocalMeshOptions, startLocalMesh } from '../src/index.ts'
import type { ProcessEvent } from '../src/supervised-process.ts'
import { until } from './until.ts'

/** A mesh of real processes for tests, and what happened to them. */
export interface TestMesh extends AsyncDisposable {
  readonly mesh: LocalMesh
  readonly events: { readonly name: string; readonly event: ProcessEvent }[]
}

const reports = fileURLToPath(new URL('../reports', import.meta.url))

/**
 * Starts a mesh in a temporary folder that is removed afterwards. What its processes say goes to
 * `reports/e2e-<name>.log`, to look into a failed test.
 */
export async function startTestMesh(
  name: string,
  options: Partial<LocalMeshOptions> = {},
): Promise<TestMesh> {
  mkdirSync(reports, { recursive: true })
  const log = createWriteStream(join(reports, `e2e-${name}.log`))
  const stateDir = mkdtempSync(join(tmpdir(), 'guildmesh-e2e-'))
  const events: TestMesh['events'] = []
  await using stack = new AsyncDisposableStack()
  stack.defer(() => new Promise<void>((resolve) => log.end(resolve)))
  stack.defer(() => rmSync(stateDir, { recursive: true, force: true }))
  const mesh = stack.use(
    await startLocalMesh({
      discord: { kind: 'simulator', guilds: 12, rate: 0, seed: 1 },
      configs: 2,
      gateways: 3,
      mount: [],
      edges: 2,
      fresh: false,
      verbosity: 'normal',
      databaseUrl: null,
      memorablePorts: false,
      stateDir,
      onLine: (process, line) => log.write(`${process} ${line}\n`),
      onEvent(process, event) {
        log.write(`--- ${process} ${JSON.stringify(event)}\n`)
        events.push({ name: process, event })
      },
      ...options,
    }),
  )
  if (mesh.simulatorUrl !== null && mesh.ports.gateways.length > 0) await botConnected(mesh.simulatorUrl)
  const parts = stack.move()
  return { mesh, events, [Symbol.asyncDispose]: () => parts.disposeAsync() }
}

/** Shards that the simulator recommends. */
const shards = 3
/** Discord lets a small bot start one session every five seconds. */
const sessionsTimeoutMs = 60_000

/** Waits until the bot hears every guild: all shards are connected and have told their guilds. */
export async function botConnected(simulatorUrl: string): Promise<void> {
  const sim = createSimClient(simulatorUrl)
  await until(async () => {
    const connected = (await sim.sessions()).filter(
      (session) => session.connected && session.pendingGuilds === 0,
    )
    if (connected.length !== shards) throw new Error(`${connected.length} of ${shards} shards are connected`)
  }, sessionsTimeoutMs)
}
