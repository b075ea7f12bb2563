import {
  type Assignment,
  configRouter,
  type Gateway,
  gatewayIdOf,
  gatewayRouter,
  GuildId,
  type WatchEvent,
} from '@guildmesh/contracts'
import {
  createAuthenticator,
  createLogger,
  type MeshServer,
  Metrics,
  Secret,
  startMeshServer,
} from '@guildmesh/runtime'
import { expect, test, vi } from 'vitest'
import { FakeConfig } from './fake-config.ts'
import { FakeGateway } from './fake-gateway.ts'
import { commandIn, guildA, startTestEdge, patience } from './test-edge.ts'

const joinSecret = 'a join secret that is long enough for tests'
const logger = createLogger({ service: 'neighbour', level: 'silent' })
const metrics = new Metrics({ processMetrics: false })

/** A config API on a real socket, which knows the keys that were registered with it. */
async function startConfig(config: FakeConfig, port: number): Promise<MeshServer> {
  const { services } = config.port
  const keys: Parameters<typeof services.enrol>[0][] = []
  services.enrol = async (key) => {
    keys.push(key)
    return { validForMs: 900_000 }
  }
  services.keys = async () => ({ keys })
  return startMeshServer({
    host: '127.0.0.1',
    port,
    router: configRouter,
    implementation: config.port,
    authenticator: createAuthenticator({
      audience: 'config',
      keySource: { keys: async () => keys },
      joinSecret: new Secret(joinSecret),
    }),
    logger,
    metrics,
  })
}

/** A gateway on a real socket that trusts whom the config API trusts. */
function startGateway(gateway: FakeGateway, config: FakeConfig): Promise<MeshServer> {
  return startMeshServer({
    host: '127.0.0.1',
    port: 0,
    router: gatewayRouter,
    implementation: gateway.port,
    authenticator: createAuthenticator({
      audience: gateway.gatewayId,
      keySource: { keys: async () => (await config.port.services.keys(noCall)).keys },
    }),
    logger,
    metrics,
  })
}

const noCall = {
  caller: { kind: 'anonymous' },
  signal: new AbortController().signal,
  remainingMs: () => null,
  traceparent: null,
} as const

test('an edge that starts while the config API is away waits for it, serves, and goes on when it dies (T6)', async () => {
  const config = new FakeConfig()
  const gateway = new FakeGateway(gatewayIdOf(0))
  gateway.guilds.set(guildA, { epoch: 1, name: 'Guild A', members: new Map() })
  // A port that is free now, and where the config API will be.
  const reserved = await startConfig(new FakeConfig(), 0)
  const { port } = reserved
  await reserved.close()

  await using edge = await startTestEdge({
    env: {
      MESH_JOIN_SECRET: joinSecret,
      CONFIG_SERVICE_URL: `http://127.0.0.1:${port}`,
      POD_NAME: 'http-service-1',
    },
    connectsItself: true,
  })
  const health = async () => (await fetch(`${edge.origin}/healthcheck`)).status
  const answerIn = async (guildId: string) => (await edge.interaction(commandIn(guildId))).text()
  expect(await health()).toBe(503)
  expect((await fetch(`http://127.0.0.1:${edge.app.opsPort}/livez`)).status).toBe(200)
  expect(await (await edge.interaction({ type: 1 })).json()).toEqual({ type: 1 })
  expect(await answerIn(guildA)).toContain('try again')

  const configServer = await startConfig(config, port)
  await using stack = new AsyncDisposableStack()
  stack.use(configServer)
  const gatewayServer = stack.use(await startGateway(gateway, config))
  const registered: Gateway = {
    gatewayId: gateway.gatewayId,
    incarnation: { registration: 1, restart: 0 },
    address: gatewayServer.url,
    region: 'test',
    version: '0.1.0',
    status: 'active',
    capacity: 1000,
    guildCount: 1,
    lastHeartbeatAt: Date.now(),
  }
  config.gateways.set(gateway.gatewayId, registered)
  const gatewayEvent: WatchEvent = { type: 'gateway', cursor: '1:1000', gateway: registered }
  const assignment: Assignment = config.assign(guildA, gateway.gatewayId)
  config.tell(gatewayEvent)
  config.tell({ type: 'assignment', cursor: '1:1001', assignment })
  await vi.waitFor(async () => expect(await health()).toBe(200), patience)
  await vi.waitFor(async () => expect(await answerIn(guildA)).toContain('answered by gateway-0'), patience)

  await configServer.close()
  expect(await answerIn(guildA)).toContain('answered by gateway-0')
  expect(await health()).toBe(200)
  // Only what nobody has ever owned must wait for it.
  expect(await answerIn(GuildId.parse('900000000000000070'))).toContain('try again')
})
