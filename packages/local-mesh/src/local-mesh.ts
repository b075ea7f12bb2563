import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createSimClient } from '@guildmesh/discord-sim/client'
import { type Front, startFront } from './front.ts'
import type { DiscordTarget, LaunchOptions } from './launch-options.ts'
import { measureMemory, type ProcessMemory } from './memory-report.ts'
import { chooseMeshPorts } from './mesh-ports.ts'
import {
  type DiscordApplication,
  type MeshPorts,
  planServices,
  planSimulator,
  type ProcessKind,
  type ProcessSpec,
  publicUrl,
} from './plan-mesh.ts'
import { launchPostgres } from './postgres-process.ts'
import { launchNode } from './process-life.ts'
import { inOrder, startInOrder, stopGroups } from './start-order.ts'
import { openStateFolder, type StateFolder } from './state-folder.ts'
import { probeHttp, type ProcessEvent, SupervisedProcess } from './supervised-process.ts'

export interface LocalMeshOptions extends LaunchOptions {
  /** Folder of what outlives a run; absolute. */
  readonly stateDir: string
  /** Prefer ports that are the same from run to run. */
  readonly memorablePorts: boolean
  readonly configs: number
  readonly edges: number
  /** Further options of the simulator's command line, such as `--trim-on-heartbeat`. */
  readonly simulatorFlags?: readonly string[]
  /** What the gateways are told besides, such as `EVENT_PROBE`. */
  readonly gatewayEnvironment?: Readonly<Record<string, string>>
  /** Flags of the gateways' Node, in the place of those that keep an idle service small. */
  readonly gatewayNodeFlags?: readonly string[]
  /** A line that a process wrote. */
  readonly onLine: (name: string, line: string) => void
  readonly onEvent: (name: string, event: ProcessEvent) => void
  /** Aborted while the mesh is still starting: it ends what it has begun and throws. */
  readonly signal?: AbortSignal
}

/** One process of a running mesh. */
export interface MeshProcess {
  readonly name: string
  readonly kind: ProcessKind
  /** `null` between two lives. */
  readonly pid: number | null
  /** How many times it has been started. */
  readonly lives: number
  /** Where it listens; `null` where it listens on no port. */
  readonly port: number | null
  /** Sends a signal; what dies of it is started again. */
  kill(signal: NodeJS.Signals): void
  /** Kills the process; resolves when its next life serves. */
  killAndAwaitReturn(signal: NodeJS.Signals): Promise<void>
  untilReady(): Promise<void>
}

/** A whole mesh on this machine, as separate processes. Disposing ends them all; the state folder stays. */
export interface LocalMesh extends AsyncDisposable {
  /** Where people reach the portal; also the admin API and `/webhooks/discord`. */
  readonly url: string
  /** The simulator's address; `null` where the mesh runs against Discord. */
  readonly simulatorUrl: string | null
  readonly operatorToken: string
  readonly ports: MeshPorts
  readonly stateDir: string
  readonly databaseUrl: string
  readonly discord: DiscordApplication
  readonly processes: readonly MeshProcess[]
  /** @throws Error for a name that no process has */
  process(name: string): MeshProcess
  gatewayDatabase(gatewayId: string): string
  memory(): ProcessMemory[]
  /** Ends all: politely within a few seconds, or at once. */
  stop(how?: 'politely' | 'at once'): Promise<void>
}

const root = fileURLToPath(new URL('../../..', import.meta.url))
/** Above the services' own time to hand over; then SIGKILL. */
const stopGraceMs = 6000

/** Every process of the mesh with its place in the order. */
interface Member {
  readonly name: string
  readonly kind: ProcessKind
  readonly port: number | null
  readonly after: readonly string[]
  readonly supervised: SupervisedProcess
}

/**
 * Starts PostgreSQL, a Discord, config APIs, gateways, edges and the front before them; resolves when all serve.
 * From then on, what ends by itself is started again.
 * @throws ProcessStartError, StateFolderBusyError, Error where no port is free; everything begun has ended then
 */
export async function startLocalMesh(options: LocalMeshOptions): Promise<LocalMesh> {
  await using stack = new AsyncDisposableStack()
  const state = stack.use(openStateFolder(options.stateDir, options.fresh))
  const ports = await chooseMeshPorts(options, options.memorablePorts)
  const crew = stack.use(new Crew(options, state))

  const [databaseUrl, discord] = await Promise.all([
    options.databaseUrl ?? crew.startPostgres(),
    crew.startDiscord(options.discord, ports),
  ])
  // The front comes before the services: the simulator probes the interactions address as soon as it is answered.
  const front: Front = stack.use(
    await startFront({ host: '127.0.0.1', port: ports.front, edges: ports.edges.map(({ serve }) => serve) }),
  )
  const services = planServices({
    ports,
    databaseUrl,
    secrets: state.secrets,
    operatorToken: state.secrets.operator,
    discord,
    verbosity: options.verbosity,
    gatewayDatabase: (gatewayId) => state.gatewayDatabase(gatewayId),
    gatewayEnvironment: options.gatewayEnvironment ?? {},
  })
  await crew.startServices(services, ports)
  crew.startEnded()

  const running = stack.move()
  let stopping: Promise<void> | null = null
  const stop = async (how: 'politely' | 'at once' = 'politely') => {
    if (how === 'at once') crew.killAll()
    stopping ??= running.disposeAsync()
    await stopping
  }
  return {
    url: publicUrl({ ...ports, front: front.port }),
    simulatorUrl: options.discord.kind === 'simulator' ? `http://127.0.0.1:${ports.simulator}` : null,
    operatorToken: state.secrets.operator,
    ports,
    stateDir: state.path,
    databaseUrl,
    discord,
    processes: crew.processes(),
    process: (name) => crew.process(name),
    gatewayDatabase: (gatewayId) => state.gatewayDatabase(gatewayId),
    memory: () => measureMemory(crew.pids()),
    stop,
    [Symbol.asyncDispose]: () => stop(),
  }
}

/** The processes of one mesh: starts them in order, and ends them in the opposite one. */
class Crew implements AsyncDisposable {
  readonly #options: LocalMeshOptions
  readonly #state: StateFolder
  readonly #members = new Map<string, Member>()

  readonly #giveUp = () => this.killAll()

  constructor(options: LocalMeshOptions, state: StateFolder) {
    this.#options = options
    this.#state = state
    options.signal?.addEventListener('abort', this.#giveUp, { once: true })
  }

  /** @returns the connection string */
  async startPostgres(): Promise<string> {
    let url: string | null = null
    const launch = launchPostgres({
      dataDir: this.#state.postgresDir,
      onUrl(started) {
        if (url !== null && url !== started) throw new Error('PostgreSQL came back at another address')
        url = started
      },
    })
    const member = this.#add({
      name: 'postgres',
      kind: 'postgres',
      port: null,
      after: [],
      supervised: this.#supervise('postgres', launch, async () => ({ ok: url !== null, detail: '' })),
    })
    await member.supervised.start()
    if (url === null) throw new Error('PostgreSQL serves, but told no address')
    return url
  }

  /** Starts the simulator where there is one. @returns what the services must know of their application */
  async startDiscord(target: DiscordTarget, ports: MeshPorts): Promise<DiscordApplication> {
    if (target.kind === 'discord') {
      return { ...target, apiUrl: 'https://discord.com/api', adminUserIds: [] }
    }
    const simulator = createSimClient(`http://127.0.0.1:${ports.simulator}`)
    const spec = planSimulator({ ports, ...target, flags: this.#options.simulatorFlags ?? [] })
    await this.#addNode(spec, ports.simulator, async () => {
      // A simulator that was started again has forgotten what it was told.
      await simulator.setRedirectUris({ uris: [`${publicUrl(ports)}/auth/callback`] })
    }).supervised.start()
    const app = await simulator.app()
    return {
      apiUrl: app.urls.api.replace(/\/v\d+$/, ''),
      appId: app.id,
      token: app.token,
      publicKey: app.publicKey,
      clientSecret: app.clientSecret,
      adminUserIds: [app.demoUser.id],
    }
  }

  async startServices(specs: readonly ProcessSpec[], ports: MeshPorts): Promise<void> {
    const portOf = new Map<string, number>([
      ...ports.configs.map(({ serve }, at): [string, number] => [`config-${at}`, serve]),
      ...ports.gateways.map(({ serve }, at): [string, number] => [`gateway-${at}`, serve]),
      ...ports.edges.map(({ serve }, at): [string, number] => [`edge-${at}`, serve]),
    ])
    const members = inOrder(specs).map((spec) => this.#addNode(spec, portOf.get(spec.name) ?? null))
    await startInOrder(members, ({ supervised }) => {
      this.#options.signal?.throwIfAborted()
      return supervised.start()
    })
  }

  process(name: string): MeshProcess {
    const member = this.#members.get(name)
    if (member === undefined) {
      throw new Error(`there is no process ${name}, only ${[...this.#members.keys()].join(', ')}`)
    }
    return handleOf(member)
  }

  processes(): MeshProcess[] {
    return [...this.#members.values()].map(handleOf)
  }

  /** Process ids by name, the launcher's own among them. */
  pids(): Map<string, number> {
    const running = [...this.#members.values()].flatMap(({ name, supervised }): [string, number][] =>
      supervised.pid === null ? [] : [[name, supervised.pid]],
    )
    return new Map([['launcher', process.pid], ...running])
  }

  /** The signal of the options gives up a start; what runs is ended by `stop`, in its order. */
  startEnded(): void {
    this.#options.signal?.removeEventListener('abort', this.#giveUp)
  }

  killAll(): void {
    for (const { supervised } of this.#members.values()) void supervised.stop(0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Whatever kind of process it is, PostgreSQL and Discord outlast those that use them.
    const services = [...this.#members.values()].filter(
      ({ kind }) => kind !== 'postgres' && kind !== 'simulator',
    )
    const ground = [...this.#members.values()].filter((member) => !services.includes(member))
    for (const group of [...stopGroups(services), ground]) {
      await Promise.all(group.map(({ supervised }) => supervised.stop(stopGraceMs)))
    }
  }

  #addNode(spec: ProcessSpec, port: number | null, onReady: () => Promise<void> = async () => {}): Member {
    const file = join(root, 'packages', spec.package, 'dist', 'main.js')
    const nodeFlags = spec.kind === 'gateway' ? this.#options.gatewayNodeFlags : undefined
    const launch = launchNode({ file, args: spec.args, env: spec.env, nodeFlags })
    const probe = async () => {
      const result = await probeHttp(spec.readyUrl)
      if (result.ok) await onReady()
      return result
    }
    const { name, kind, after } = spec
    return this.#add({ name, kind, port, after, supervised: this.#supervise(name, launch, probe) })
  }

  #supervise(
    name: string,
    launch: ConstructorParameters<typeof SupervisedProcess>[0]['launch'],
    probe: ConstructorParameters<typeof SupervisedProcess>[0]['probe'],
  ): SupervisedProcess {
    return new SupervisedProcess({
      name,
      launch,
      probe,
      onLine: (line) => this.#options.onLine(name, line),
      onEvent: (event) => {
        if (event.type === 'started') this.#state.notePids(this.pids())
        this.#options.onEvent(name, event)
      },
    })
  }

  #add(member: Member): Member {
    this.#members.set(member.name, member)
    return member
  }
}

function handleOf({ name, kind, port, supervised }: Member): MeshProcess {
  return {
    name,
    kind,
    port,
    get pid() {
      return supervised.pid
    },
    get lives() {
      return supervised.lives
    },
    kill: (signal) => supervised.kill(signal),
    killAndAwaitReturn: (signal) => supervised.killAndAwaitReturn(signal),
    untilReady: () => supervised.untilReady(),
  }
}
