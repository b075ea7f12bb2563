import type { MeshSecrets } from './state-folder.ts'
import type { Verbosity } from './render-log-line.ts'
import type { Ordered } from './start-order.ts'

/** What a process of the mesh is. */
export type ProcessKind = 'postgres' | 'simulator' | 'config' | 'gateway' | 'edge'

/** One process that Node runs, as data. */
export interface ProcessSpec extends Ordered {
  readonly kind: ProcessKind
  /** The package whose bundle runs. */
  readonly package: 'discord-sim' | 'config-api' | 'gateway' | 'edge'
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Answers 200 when the process serves. */
  readonly readyUrl: string
}

/** Port that serves, and port of health and metrics. */
export interface ServicePorts {
  readonly serve: number
  readonly ops: number
}

export interface MeshPorts {
  /** The reverse proxy in front of the edges, to which people and Discord connect. */
  readonly proxy: number
  readonly simulator: number
  /** Second listener of the simulator, to which `resume_gateway_url` leads. */
  readonly simulatorResume: number
  readonly configs: readonly ServicePorts[]
  readonly gateways: readonly ServicePorts[]
  readonly edges: readonly ServicePorts[]
}

/** The application at Discord, as its developer portal shows it. */
export interface DiscordApplication {
  readonly apiUrl: string
  readonly appId: string
  readonly token: string
  readonly publicKey: string
  readonly clientSecret: string
  /** Operators of the console. */
  readonly adminUserIds: readonly string[]
}

export interface ServicePlanInput {
  readonly ports: MeshPorts
  readonly databaseUrl: string
  readonly secrets: MeshSecrets
  readonly operatorToken: string
  readonly discord: DiscordApplication
  readonly verbosity: Verbosity
  /** The SQLite file of a gateway. */
  readonly gatewayDatabase: (gatewayId: string) => string
  /** Further variables of the gateways. */
  readonly gatewayEnvironment?: Readonly<Record<string, string>>
}

export interface SimulatorPlanInput {
  readonly ports: MeshPorts
  readonly guilds: number
  readonly rate: number
  readonly seed: number
  /** Further options of the simulator's command line, such as `--trim-on-heartbeat`. */
  readonly flags?: readonly string[]
}

const host = '127.0.0.1'
/** Ctrl-C on a development machine should be quick. */
const shutdownGraceMs = 3000

/** Where people reach the portal. */
export function publicUrl(ports: MeshPorts): string {
  return `http://localhost:${ports.proxy}`
}

/** The simulated Discord. It keeps its world in memory: after a restart, the same seed makes the same world. */
export function planSimulator({
  ports,
  guilds,
  rate,
  seed,
  flags: more = [],
}: SimulatorPlanInput): ProcessSpec {
  const flags = {
    host,
    port: ports.simulator,
    'resume-port': ports.simulatorResume,
    guilds,
    rate,
    seed,
    'interactions-url': `http://${host}:${ports.proxy}/webhooks/discord`,
  }
  return {
    name: 'simulator',
    kind: 'simulator',
    package: 'discord-sim',
    args: [...Object.entries(flags).map(([name, value]) => `--${name}=${value}`), ...more],
    env: {},
    readyUrl: `http://${host}:${ports.simulator}/_sim/app`,
    after: [],
  }
}

function readyUrl({ ops }: ServicePorts): string {
  return `http://${host}:${ops}/readyz`
}

/** The services: config APIs first, then gateways and edges. */
export function planServices(input: ServicePlanInput): ProcessSpec[] {
  const { configs, gateways, edges } = input.ports
  return [
    ...configs.map((own, ordinal) => planConfig(input, own, ordinal)),
    ...gateways.map((own, ordinal) => planGateway(input, own, ordinal)),
    ...edges.map((own, ordinal) => planEdge(input, own, ordinal)),
  ]
}

function planConfig(input: ServicePlanInput, own: ServicePorts, ordinal: number): ProcessSpec {
  const name = `config-${ordinal}`
  return {
    name,
    kind: 'config',
    package: 'config-api',
    args: [],
    env: {
      ...commonEnvironment(input, name, own),
      DATABASE_URL: input.databaseUrl,
      BOOTSTRAP_OPERATOR_TOKEN: input.operatorToken,
    },
    readyUrl: readyUrl(own),
    after: [],
  }
}

function planGateway(input: ServicePlanInput, own: ServicePorts, ordinal: number): ProcessSpec {
  const { ports, discord } = input
  const name = `gateway-${ordinal}`
  return {
    name,
    kind: 'gateway',
    package: 'gateway',
    args: [],
    env: {
      ...commonEnvironment(input, name, own),
      POD_ORDINAL: String(ordinal),
      CONFIG_SERVICE_URL: configUrls(ports),
      ADVERTISED_ADDRESS: `ws://${host}:${own.serve}`,
      GATEWAY_DB_PATH: input.gatewayDatabase(name),
      DISCORD_TOKEN: discord.token,
      DISCORD_APP_ID: discord.appId,
      DISCORD_API_URL: discord.apiUrl,
      ...input.gatewayEnvironment,
    },
    readyUrl: readyUrl(own),
    after: configNames(ports),
  }
}

function planEdge(input: ServicePlanInput, own: ServicePorts, ordinal: number): ProcessSpec {
  const { ports, secrets, discord } = input
  const name = `edge-${ordinal}`
  return {
    name,
    kind: 'edge',
    package: 'edge',
    args: [],
    env: {
      ...commonEnvironment(input, name, own),
      CONFIG_SERVICE_URL: configUrls(ports),
      PUBLIC_URL: publicUrl(ports),
      // The reverse proxy, which states the client's address.
      TRUST_PROXY: host,
      SESSION_SECRET: secrets.session,
      ADMIN_USER_IDS: discord.adminUserIds.join(','),
      DISCORD_APP_ID: discord.appId,
      DISCORD_PUBLIC_KEY: discord.publicKey,
      DISCORD_CLIENT_SECRET: discord.clientSecret,
      DISCORD_API_URL: discord.apiUrl,
    },
    readyUrl: readyUrl(own),
    after: configNames(ports),
  }
}

function commonEnvironment(
  { verbosity, secrets }: ServicePlanInput,
  name: string,
  { serve, ops }: ServicePorts,
): Record<string, string> {
  return {
    POD_NAME: name,
    HOST: host,
    PORT: String(serve),
    OPS_HOST: host,
    OPS_PORT: String(ops),
    LOG_LEVEL: { quiet: 'warn', normal: 'info', verbose: 'debug' }[verbosity],
    SHUTDOWN_GRACE_MS: String(shutdownGraceMs),
    MESH_JOIN_SECRET: secrets.join,
  }
}

function configNames({ configs }: MeshPorts): string[] {
  return configs.map((_, ordinal) => `config-${ordinal}`)
}

function configUrls({ configs }: MeshPorts): string {
  return configs.map(({ serve }) => `http://${host}:${serve}`).join(',')
}
