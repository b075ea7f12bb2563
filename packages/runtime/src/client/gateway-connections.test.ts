import { type GatewayId, gatewayIdOf, type GatewayPort, gatewayRouter } from '@guildmesh/contracts'
import { describe, expect, it } from 'vitest'
import { failureOf, quiet, TestMesh } from '../../test/test-mesh.ts'
import { createAuthenticator } from '../identity/authenticator.ts'
import { startMeshServer } from '../server/mesh-server.ts'
import { createGatewayConnections } from './gateway-connections.ts'

const unexpected = () => Promise.reject(new Error('this test does not expect the call'))

function gatewayPort(gatewayId: GatewayId): GatewayPort {
  return {
    guild: {
      overview: unexpected,
      activity: unexpected,
      member: unexpected,
      changes: () => {
        throw new Error('this test does not expect the call')
      },
    },
    events: { deliver: unexpected, parked: unexpected, forgetParked: unexpected },
    interactions: { handle: unexpected },
    ownership: { releaseEmpty: unexpected, reclaim: unexpected },
    probe: { chains: unexpected },
    health: async () => ({ gatewayId, ready: true, guilds: 0, shards: [] }),
  }
}

function serve(mesh: TestMesh, ordinal: number) {
  return startMeshServer({
    host: '127.0.0.1',
    port: 0,
    router: gatewayRouter,
    implementation: gatewayPort(gatewayIdOf(ordinal)),
    authenticator: createAuthenticator({ audience: gatewayIdOf(ordinal), keySource: mesh.keys }),
    logger: quiet,
    metrics: mesh.metrics,
  })
}

describe('connections to gateways', () => {
  it('follow the registry: another address is another connection, none is Unavailable', async () => {
    await using mesh = new TestMesh()
    await using first = await serve(mesh, 0)
    await using second = await serve(mesh, 0)
    const self = await mesh.keys.identity('edge-0')
    let address: string | null = first.url
    const options = { self, logger: quiet, metrics: mesh.metrics, router: gatewayRouter }
    await using gateways = createGatewayConnections({ ...options, addressOf: () => address })
    const id = gatewayIdOf(0)
    const client = gateways.to(id)
    expect(await client.health.query()).toMatchObject({ gatewayId: 'gateway-0' })
    expect(gateways.to(id)).toBe(client)
    address = second.url
    const moved = gateways.to(id)
    expect(moved).not.toBe(client)
    expect(await moved.health.query()).toMatchObject({ gatewayId: 'gateway-0' })
    address = null
    expect(() => gateways.to(id)).toThrow('gateway-0 cannot be reached')
  })

  it.each([
    'ws://169.254.169.254:80/latest',
    'http://gateway-0:3000',
    'ws://user@gateway-0:3000',
    'ws://gateway-0:3000\r\nX: y',
    'wss://gateway-0:3000?x=1',
  ])('are not made to what no registry address looks like: %j', async (address) => {
    await using mesh = new TestMesh()
    const self = await mesh.keys.identity('edge-0')
    const options = { self, logger: quiet, metrics: mesh.metrics, router: gatewayRouter }
    await using gateways = createGatewayConnections({ ...options, addressOf: () => address })
    expect(() => gateways.to(gatewayIdOf(0))).toThrow('cannot be reached')
  })

  it("are refused by a gateway that was not meant: a gateway takes no other gateway's token", async () => {
    await using mesh = new TestMesh()
    await using server = await serve(mesh, 0)
    const self = await mesh.keys.identity('edge-0')
    const options = { self, logger: quiet, metrics: mesh.metrics, router: gatewayRouter }
    // A poisoned registry that gives out gateway-0's address for gateway-1.
    await using gateways = createGatewayConnections({ ...options, addressOf: () => server.url })
    expect(await failureOf(gateways.to(gatewayIdOf(1)).health.query())).toEqual({
      kind: 'Unauthenticated',
      reason: 'wrong-audience',
    })
  })
})
