import type { LaunchOptions } from './launch-options.ts'
import { measureMemory, type ProcessMemory } from './memory-report.ts'
import { chooseMeshPorts } from './mesh-ports.ts'
import { type DiscordApplication, type MeshPorts, planServices, publicUrl } from './plan-mesh.ts'
import { type MeshProcess, ProcessGroup, type ProcessGroupOptions } from './process-group.ts'
import { startReverseProxy } from './reverse-proxy.ts'
import { openStateFolder } from './state-folder.ts'

export interface LocalMeshOptions extends LaunchOptions, ProcessGroupOptions {
  /** Folder of the state that outlives a run; absolute. */
  readonly stateDir: string
  /** Prefer ports that are the same from run to run. */
  readonly memorablePorts: boolean
  readonly configs: number
  readonly edges: number
  /** Further variables of the gateways, such as `EVENT_PROBE`. */
  readonly gatewayEnvironment?: Readonly<Record<string, string>>
}

/** A whole mesh on this machine, as separate processes. Disposing stops them all; the state folder stays. */
export interface LocalMesh extends AsyncDisposable {
  /** Where people reach the portal; also the admin API and `/webhooks/discord`. */
  readonly url: string
  /** The simulator's address; `null` if the mesh runs against Discord. */
  readonly simulatorUrl: string | null
  readonly operatorToken: string
  readonly ports: MeshPorts
  readonly stateDir: string
  readonly databaseUrl: string
  readonly discord: DiscordApplication
  readonly processes: readonly MeshProcess[]
  /** @throws Error if no process has the name */
  process(name: string): MeshProcess
  gatewayDatabase(gatewayId: string): string
  memory(): ProcessMemory[]
  /** Stops all processes: in order within a few seconds, or by force at once. */
  stop(how?: 'orderly' | 'forced'): Promise<void>
}

/**
 * Starts PostgreSQL, a Discord, config APIs, gateways, edges and a reverse proxy before the edges; resolves when all
 * are ready. From then on, what ends by itself is restarted.
 * @throws ProcessStartError, StateFolderBusyError, Error if no port is free; whatever was started has ended then
 */
export async function startLocalMesh(options: LocalMeshOptions): Promise<LocalMesh> {
  await using stack = new AsyncDisposableStack()
  const state = stack.use(openStateFolder(options.stateDir, options.fresh))
  const ports = await chooseMeshPorts(options, options.memorablePorts)
  const processes = stack.use(new ProcessGroup(options, state))

  const [databaseUrl, discord] = await Promise.all([
    options.databaseUrl ?? processes.startPostgres(),
    processes.startDiscord(options.discord, ports),
  ])
  // The proxy starts before the services: the simulator probes the interactions address as soon as it answers.
  const proxy = stack.use(
    await startReverseProxy({
      host: '127.0.0.1',
      port: ports.proxy,
      edges: ports.edges.map(({ serve }) => serve),
    }),
  )
  const services = planServices({
    ports,
    databaseUrl,
    secrets: state.secrets,
    operatorToken: state.secrets.operator,
    discord,
    verbosity: options.verbosity,
    gatewayDatabase: (gatewayId) => state.gatewayDatabase(gatewayId),
    gatewayEnvironment: {
      ...(options.mount.length > 0 ? { MOUNTED_MODULES: options.mount.join(',') } : {}),
      ...options.gatewayEnvironment,
    },
  })
  await processes.startServices(services, ports)
  processes.allReady()

  const running = stack.move()
  let stopping: Promise<void> | null = null
  const stop = async (how: 'orderly' | 'forced' = 'orderly') => {
    if (how === 'forced') processes.killAll()
    stopping ??= running.disposeAsync()
    await stopping
  }
  return {
    url: publicUrl({ ...ports, proxy: proxy.port }),
    simulatorUrl: options.discord.kind === 'simulator' ? `http://127.0.0.1:${ports.simulator}` : null,
    operatorToken: state.secrets.operator,
    ports,
    stateDir: state.path,
    databaseUrl,
    discord,
    processes: processes.all(),
    process: (name) => processes.get(name),
    gatewayDatabase: (gatewayId) => state.gatewayDatabase(gatewayId),
    memory: () => measureMemory(processes.pids()),
    stop,
    [Symbol.asyncDispose]: () => stop(),
  }
}
