import {
  type ConfigPort,
  configRouter,
  type ConfigRouter,
  gatewayIdOf,
  type Gateway,
  type ServiceKey,
  type ServiceName,
  ServiceName as ServiceNameSchema,
} from '@guildmesh/contracts'
import {
  connectMesh,
  createAuthenticator,
  createIdentity,
  createLogger,
  type Identity,
  type Logger,
  type MeshConnection,
  type MeshServer,
  Metrics,
  Secret,
  startMeshServer,
  type TokenSource,
} from '../src/index.ts'

export const joinSecret = new Secret('a join secret of at least thirty-two characters')

export function serviceName(name: string): ServiceName {
  return ServiceNameSchema.parse(name)
}

/** Keeps what is logged, one parsed record a line. */
export function recordingLogger(level = 'trace'): { logger: Logger; lines: string[] } {
  const lines: string[] = []
  const logger = createLogger({ service: 'test', level, destination: { write: (line) => lines.push(line) } })
  return { logger, lines }
}

export const quiet = createLogger({ service: 'test', level: 'silent' })

/** The keys that services have registered, as the config API would hold them. */
export class TestKeys {
  readonly registered = new Map<string, ServiceKey>()
  loads = 0
  down = false

  async keys(): Promise<ServiceKey[]> {
    this.loads += 1
    if (this.down) throw new Error('the key source is down')
    return [...this.registered.values()]
  }

  add({ name, kid, publicKey }: Identity): void {
    this.registered.set(kid, { name, kid, publicKey })
  }

  async identity(name: string): Promise<Identity> {
    const identity = await createIdentity(serviceName(name))
    this.add(identity)
    return identity
  }
}

/** A config API over a fake port on a real socket, and clients of it. */
export class TestMesh implements AsyncDisposable {
  readonly keys = new TestKeys()
  readonly metrics = new Metrics({ processMetrics: false })
  readonly log = recordingLogger()
  readonly #disposables = new AsyncDisposableStack()

  async serve(implementation: ConfigPort, options: { port?: number } = {}): Promise<MeshServer> {
    const server = await startMeshServer({
      host: '127.0.0.1',
      port: options.port ?? 0,
      router: configRouter,
      implementation,
      authenticator: createAuthenticator({ audience: 'config', keySource: this.keys, joinSecret }),
      logger: this.log.logger,
      metrics: this.metrics,
    })
    return this.#disposables.use(server)
  }

  connect(urls: readonly string[], self: TokenSource): MeshConnection<ConfigRouter> {
    return this.#disposables.use(
      connectMesh({
        self,
        logger: quiet,
        metrics: this.metrics,
        router: configRouter,
        audience: 'config',
        urls,
      }),
    )
  }

  async connectAs(name: string, server: { url: string }): Promise<MeshConnection<ConfigRouter>> {
    return this.connect([server.url], await this.keys.identity(name))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#disposables[Symbol.asyncDispose]()
  }
}

export function testGateway(ordinal: number, address = `ws://127.0.0.1:${4000 + ordinal}`): Gateway {
  return {
    gatewayId: gatewayIdOf(ordinal),
    incarnation: { registration: 1, restart: 0 },
    address,
    region: 'local',
    version: '0.1.0',
    status: 'active',
    capacity: 1000,
    guildCount: 0,
    lastHeartbeatAt: 1,
  }
}

/** The failure of a promise that must reject with a MeshError. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    if (error instanceof Error && 'failure' in error) return error.failure
    throw error
  }
  throw new Error('the call was expected to fail')
}
