import { configSchema } from '@guildmesh/config-api'
import { edgeConfigSchema, readEdgeConfig } from '@guildmesh/edge'
import { gatewayVariables, readGatewayConfig } from '@guildmesh/gateway'
import { describeConfig, parseConfig } from '@guildmesh/runtime'
import { describe, expect, test } from 'vitest'
import { planServices, planSimulator } from './plan-mesh.ts'
import { inOrder } from './start-order.ts'

const ports = {
  proxy: 3000,
  simulator: 4400,
  simulatorResume: 4401,
  configs: [
    { serve: 3101, ops: 9001 },
    { serve: 3102, ops: 9002 },
  ],
  gateways: [
    { serve: 3201, ops: 9003 },
    { serve: 3202, ops: 9004 },
    { serve: 3203, ops: 9005 },
  ],
  edges: [
    { serve: 3301, ops: 9006 },
    { serve: 3302, ops: 9007 },
  ],
}
const plan = planServices({
  ports,
  databaseUrl: 'postgresql://guildmesh@/guildmesh',
  secrets: { join: 'j'.repeat(64), session: 's'.repeat(64), operator: `gmop_${'o'.repeat(40)}` },
  operatorToken: `gmop_${'o'.repeat(40)}`,
  discord: {
    apiUrl: 'http://127.0.0.1:4400/api',
    appId: '1214105342795844647',
    token: 'token',
    publicKey: 'ab'.repeat(32),
    clientSecret: 'secret',
    adminUserIds: ['315378580844449092'],
  },
  verbosity: 'normal',
  gatewayDatabase: (gatewayId) => `/state/${gatewayId}.sqlite3`,
})
const schemas = { config: configSchema, gateway: gatewayVariables, edge: edgeConfigSchema }

function envOf(name: string): Record<string, string> {
  return { ...plan.find((spec) => spec.name === name)?.env }
}

describe('the plan of a mesh', () => {
  test('has every process once, config APIs before what asks them', () => {
    expect(plan.map(({ name }) => name)).toEqual([
      'config-0',
      'config-1',
      'gateway-0',
      'gateway-1',
      'gateway-2',
      'edge-0',
      'edge-1',
    ])
    expect(
      inOrder(plan.toReversed())
        .slice(0, 2)
        .map(({ kind }) => kind),
    ).toEqual(['config', 'config'])
  })

  test('gives each service an environment that its own schema accepts, and nothing that it does not know', () => {
    for (const { kind, env } of plan) {
      if (kind === 'postgres' || kind === 'simulator') continue
      const known = new Set(describeConfig(schemas[kind]).map(({ name }) => name))
      expect(Object.keys(env).filter((name) => !known.has(name))).toEqual([])
    }
    expect(parseConfig(configSchema, envOf('config-0'))).toMatchObject({ POD_NAME: 'config-0', PORT: 3101 })
    expect(readGatewayConfig(envOf('gateway-2'))).toMatchObject({
      gatewayId: 'gateway-2',
      advertisedAddress: 'ws://127.0.0.1:3203',
      configUrls: ['ws://127.0.0.1:3101', 'ws://127.0.0.1:3102'],
    })
    expect(readEdgeConfig(envOf('edge-1'))).toMatchObject({
      applicationId: '1214105342795844647',
      PORT: 3302,
    })
  })

  test('uses no port twice, and listens on this machine only', () => {
    const used = plan.flatMap(({ env }) => [env['PORT'], env['OPS_PORT']])
    expect(new Set(used).size).toBe(used.length)
    expect(plan.every(({ env }) => env['HOST'] === '127.0.0.1' && env['OPS_HOST'] === '127.0.0.1')).toBe(true)
  })

  test('the simulator sends interactions to the reverse proxy, and is seeded', () => {
    const simulator = planSimulator({ ports, guilds: 30, rate: 5, seed: 7 })
    expect(simulator.args).toEqual(
      expect.arrayContaining([
        '--interactions-url=http://127.0.0.1:3000/webhooks/discord',
        '--guilds=30',
        '--rate=5',
        '--seed=7',
        '--port=4400',
        '--host=127.0.0.1',
      ]),
    )
  })
})
