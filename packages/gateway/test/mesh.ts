import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConfigApp, createConfigApp, readConfig } from '@guildmesh/config-api'
import { createTestDatabase, type TestDatabase } from '@guildmesh/postgres-dev/test-postgres'
import { type DiscordSim, startDiscordSim } from '@guildmesh/discord-sim'
import { createLogger, type Logger, Metrics } from '@guildmesh/runtime'
import BetterSqlite3 from 'better-sqlite3'
import { createGatewayApp, type GatewayApp, type GatewayOverrides, readGatewayConfig } from '../src/index.ts'
import { eventually } from './eventually.ts'

export const joinSecret = 'test-join-secret-of-32-characters'

export const quietLogger = createLogger({ service: 'test', level: 'silent' })

/** A whole mesh in this process: the simulator, one config API on a real PostgreSQL, and gateways with their volumes. */
export class TestMesh implements AsyncDisposable {
  readonly sim: DiscordSim
  readonly database: TestDatabase
  readonly #parts: AsyncDisposableStack
  readonly #folder: string
  readonly #logger: Logger
  /** Records that were logged, as JSON lines. */
  readonly logged: string[] = []
  readonly #gateways = new Map<number, GatewayApp>()
  #config: ConfigApp | null = null
  #configPort = 0

  private constructor(sim: DiscordSim, database: TestDatabase, folder: string, parts: AsyncDisposableStack) {
    this.sim = sim
    this.database = database
    this.#folder = folder
    this.#parts = parts
    this.#logger = createLogger({
      service: 'test',
      level: 'info',
      destination: { write: (line) => void this.logged.push(line) },
    })
  }

  static async start(options: Parameters<typeof startDiscordSim>[0] = {}): Promise<TestMesh> {
    await using parts = new AsyncDisposableStack()
    const folder = await mkdtemp(join(tmpdir(), 'guildmesh-gateway-test-'))
    parts.defer(() => rm(folder, { recursive: true, force: true }))
    const database = parts.use(await createTestDatabase())
    const sim = parts.use(
      await startDiscordSim({
        guilds: 8,
        identify: { maxConcurrency: 16, perKeyMs: 10 },
        probeEveryMs: 0,
        ...options,
      }),
    )
    const mesh = new TestMesh(sim, database, folder, parts.move())
    await mesh.startConfig()
    return mesh
  }

  /** Starts the config API, again on the port it had. */
  async startConfig(): Promise<void> {
    const config = readConfig({
      DATABASE_URL: this.database.url,
      MESH_JOIN_SECRET: joinSecret,
      HOST: '127.0.0.1',
      PORT: String(this.#configPort),
      OPS_HOST: '127.0.0.1',
      OPS_PORT: '0',
      POD_NAME: 'config-test',
    })
    this.#config = await createConfigApp(config, { logger: this.#logger, metrics: quietMetrics() })
    this.#configPort = this.#config.port
  }

  async stopConfig(): Promise<void> {
    await this.#config?.[Symbol.asyncDispose]()
    this.#config = null
  }

  get configUrl(): string {
    return `ws://127.0.0.1:${this.#configPort}`
  }

  databasePath(ordinal: number): string {
    return join(this.#folder, `gateway-${ordinal}`, 'guilds.sqlite3')
  }

  /** The environment of a gateway of this mesh. */
  async variables(ordinal: number): Promise<NodeJS.ProcessEnv> {
    const app = await this.sim.control.app()
    return {
      MESH_JOIN_SECRET: joinSecret,
      CONFIG_SERVICE_URL: `http://127.0.0.1:${this.#configPort}`,
      POD_ORDINAL: String(ordinal),
      HOST: '127.0.0.1',
      PORT: '0',
      OPS_HOST: '127.0.0.1',
      OPS_PORT: '0',
      GATEWAY_DB_PATH: this.databasePath(ordinal),
      DISCORD_TOKEN: app.token,
      DISCORD_APP_ID: app.id,
      DISCORD_API_URL: app.urls.api,
    }
  }

  async startGateway(
    ordinal: number,
    variables: NodeJS.ProcessEnv = {},
    overrides: GatewayOverrides = {},
  ): Promise<GatewayApp> {
    const config = readGatewayConfig({ ...(await this.variables(ordinal)), ...variables })
    const gateway = await createGatewayApp(config, {
      logger: this.#logger,
      metrics: quietMetrics(),
      ...overrides,
    })
    this.#gateways.set(ordinal, gateway)
    return gateway
  }

  /** Ends a gateway without handing anything over, as far as a process can do that to a part of itself. */
  async crashGateway(ordinal: number): Promise<void> {
    const gateway = this.#gateways.get(ordinal)
    this.#gateways.delete(ordinal)
    await gateway?.[Symbol.asyncDispose]()
  }

  /** Rows of a gateway's own database, read beside the gateway. */
  rows<R>(ordinal: number, sql: string): R[] {
    const database = new BetterSqlite3(this.databasePath(ordinal), { readonly: true, fileMustExist: true })
    try {
      return database.prepare<[], R>(sql).all()
    } finally {
      database.close()
    }
  }

  /** Waits until every shard has a session with all its guilds. */
  async connected(shards = 3): Promise<void> {
    await eventually(
      () => this.sim.control.sessions(),
      (sessions) =>
        sessions.filter(({ connected, pendingGuilds }) => connected && pendingGuilds === 0).length === shards,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#gateways.keys()].map((ordinal) => this.crashGateway(ordinal)))
    await this.stopConfig()
    await this.#parts.disposeAsync()
  }
}

function quietMetrics(): Metrics {
  return new Metrics({ processMetrics: false })
}
