import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createSimClient } from '@guildmesh/discord-sim/client'
import type { DiscordTarget } from './launch-options.ts'
import { launchNode } from './launch-node.ts'
import {
  type DiscordApplication,
  type MeshPorts,
  planSimulator,
  type ProcessKind,
  type ProcessSpec,
  publicUrl,
} from './plan-mesh.ts'
import { launchPostgres } from './postgres-process.ts'
import { inOrder, startInOrder, stopGroups } from './start-order.ts'
import type { StateFolder } from './state-folder.ts'
import { probeHttp, type ProcessEvent, SupervisedProcess } from './supervised-process.ts'

/** One process of a running mesh. */
export interface MeshProcess {
  readonly name: string
  readonly kind: ProcessKind
  /** `null` while it is not running. */
  readonly pid: number | null
  /** How many times it has been started. */
  readonly starts: number
  /** The port on which it listens; `null` if it listens on none. */
  readonly port: number | null
  /** Sends a signal. If the process ends of it, it is restarted. */
  kill(signal: NodeJS.Signals): void
  /** Kills the process; resolves when it is ready again. */
  killAndAwaitReturn(signal: NodeJS.Signals): Promise<void>
  untilReady(): Promise<void>
}

export interface ProcessGroupOptions {
  /** Further options of the simulator's command line, such as `--trim-on-heartbeat`. */
  readonly simulatorFlags?: readonly string[]
  /** Flags of the gateways' Node, in the place of those that keep an idle service small. */
  readonly gatewayNodeFlags?: readonly string[]
  /** A line that a process wrote. */
  readonly onLine: (name: string, line: string) => void
  readonly onEvent: (name: string, event: ProcessEvent) => void
  /** Aborted while the mesh is still starting: every process is killed, and the start fails. */
  readonly signal?: AbortSignal
}

const root = fileURLToPath(new URL('../../..', import.meta.url))
/** Longer than the services' own time to drain; then SIGKILL. */
const stopGraceMs = 6000

/** Every process of the mesh with its place in the order. */
interface Member {
  readonly name: string
  readonly kind: ProcessKind
  readonly port: number | null
  readonly after: readonly string[]
  readonly supervised: SupervisedProcess
}

/** The processes of one mesh. Starts them in order, and stops them in the opposite order. */
export class ProcessGroup implements AsyncDisposable {
  readonly #options: ProcessGroupOptions
  readonly #state: StateFolder
  readonly #members = new Map<string, Member>()

  readonly #giveUp = () => this.killAll()

  constructor(options: ProcessGroupOptions, state: StateFolder) {
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
        if (url !== null && url !== started) throw new Error('PostgreSQL restarted at another address')
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
    if (url === null) throw new Error('PostgreSQL is ready but reported no address')
    return url
  }

  /** Starts the simulator, if there is one. @returns what the services must know of their application */
  async startDiscord(target: DiscordTarget, ports: MeshPorts): Promise<DiscordApplication> {
    if (target.kind === 'discord') {
      return { ...target, apiUrl: 'https://discord.com/api', adminUserIds: [] }
    }
    const simulator = createSimClient(`http://127.0.0.1:${ports.simulator}`)
    const spec = planSimulator({ ports, ...target, flags: this.#options.simulatorFlags ?? [] })
    await this.#addNode(spec, ports.simulator, async () => {
      // A restarted simulator has lost what it was told.
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

  /** @throws Error if no process has the name */
  get(name: string): MeshProcess {
    const member = this.#members.get(name)
    if (member === undefined) {
      throw new Error(`there is no process ${name}; there are ${[...this.#members.keys()].join(', ')}`)
    }
    return handleOf(member)
  }

  all(): MeshProcess[] {
    return [...this.#members.values()].map(handleOf)
  }

  /** Process ids by name, the launcher's own among them. */
  pids(): Map<string, number> {
    const running = [...this.#members.values()].flatMap(({ name, supervised }): [string, number][] =>
      supervised.pid === null ? [] : [[name, supervised.pid]],
    )
    return new Map([['launcher', process.pid], ...running])
  }

  /** All processes are ready. From now on they are stopped in order, and no longer killed by the signal of the options. */
  allReady(): void {
    this.#options.signal?.removeEventListener('abort', this.#giveUp)
  }

  killAll(): void {
    for (const { supervised } of this.#members.values()) void supervised.stop(0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // PostgreSQL and Discord outlast the processes that use them.
    const services = [...this.#members.values()].filter(
      ({ kind }) => kind !== 'postgres' && kind !== 'simulator',
    )
    const foundation = [...this.#members.values()].filter((member) => !services.includes(member))
    for (const group of [...stopGroups(services), foundation]) {
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
    get starts() {
      return supervised.starts
    },
    kill: (signal) => supervised.kill(signal),
    killAndAwaitReturn: (signal) => supervised.killAndAwaitReturn(signal),
    untilReady: () => supervised.untilReady(),
  }
}
