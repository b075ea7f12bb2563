import {
  type Call,
  type ConfigRouter,
  configRouter,
  type Failure,
  gatewayIdOf,
  type GatewayRouter,
  gatewayRouter,
  MeshError,
} from '@guildmesh/contracts'
import {
  connectInProcess,
  createAuthenticator,
  createIdentity,
  createLogger,
  Metrics,
  RoutingTable,
  systemClock,
} from '@guildmesh/runtime'
import { expect, test } from 'vitest'
import { OwnerCalls } from '../src/owner/owner-calls.ts'
import { FakeConfig } from './fake-config.ts'
import { FakeGateway } from './fake-gateway.ts'
import { guildA } from './test-edge.ts'

const call: Call = {
  caller: { kind: 'anonymous' },
  signal: new AbortController().signal,
  remainingMs: () => 10_000,
  traceparent: null,
}
const ask = { unassigned: 'refuse', maxWaitMs: 1200 } as const

/** Owner calls between a table that the test tells and a gateway that is never reached: the test itself answers. */
async function ownerCalls() {
  const config = new FakeConfig()
  const routes = new RoutingTable()
  const identity = await createIdentity('edge-test')
  const keySource = {
    keys: async () => [{ name: identity.name, kid: identity.kid, publicKey: identity.publicKey }],
  }
  const logger = createLogger({ service: 'test', level: 'silent' })
  const metrics = new Metrics({ processMetrics: false })
  const client = { self: identity, logger, metrics }
  const { client: configClient } = connectInProcess<ConfigRouter>({
    ...client,
    router: configRouter,
    audience: 'config',
    implementation: config.port,
    authenticator: createAuthenticator({ audience: 'config', keySource }),
  })
  const { client: gatewayClient } = connectInProcess<GatewayRouter>({
    ...client,
    router: gatewayRouter,
    audience: 'gateway-0',
    implementation: new FakeGateway(gatewayIdOf(0)).port,
    authenticator: createAuthenticator({ audience: 'gateway-0', keySource }),
  })
  const searched: string[] = []
  const ended: string[] = []
  /** What happens as soon as a call waits for its owner. */
  const meanwhile = { happens: () => {} }
  const owners = new OwnerCalls({
    routes: {
      ownerOf: (guildId) => routes.ownerOf(guildId),
      learn: (assignment) => routes.learn(assignment),
      onChange: (listener) => {
        const stopListening = routes.onChange(listener)
        queueMicrotask(meanwhile.happens)
        return stopListening
      },
    },
    gateways: { to: () => gatewayClient },
    config: configClient,
    clock: systemClock,
    logger,
    metrics: {
      searched: (failure) => searched.push(failure),
      gaveUp: (reason) => ended.push(reason),
    },
  })
  return { config, routes, owners, searched, ended, meanwhile }
}

/** A question that any owner answers with its epoch. */
async function question(_gateway: unknown, { epoch }: { epoch: number }): Promise<number> {
  return epoch
}

function owner(ordinal: number, epoch: number) {
  return { guildId: guildA, gatewayId: gatewayIdOf(ordinal), epoch, assignedAt: 1 }
}

test.each([
  ['fenced', (): Failure => ({ kind: 'GuildFenced', guildId: guildA, retryAfterMs: 5 })],
  ['away', (): Failure => ({ kind: 'Unavailable', service: 'gateway', retryAfterMs: 5 })],
  ['moving on', (epoch: number): Failure => ({ kind: 'GuildMoved', ...owner(epoch % 3, epoch + 1) })],
])(
  'a guild that moves each time while it is %s is followed twice, and no further',
  async (_name, refusal) => {
    const { routes, owners, meanwhile } = await ownerCalls()
    routes.learn(owner(0, 1))
    const epochs: number[] = []
    const asked = owners.ask(guildA, call, ask, async (_gateway, { epoch }) => {
      epochs.push(epoch)
      meanwhile.happens = () => routes.learn(owner(epoch % 3, epoch + 1))
      throw new MeshError(refusal(epoch))
    })
    await expect(asked).rejects.toBeInstanceOf(MeshError)
    expect(epochs).toEqual(epochs.toSorted((a, b) => a - b))
    expect(new Set(epochs).size).toBe(3)
  },
)

test('a later owner ends the wait for the one before', async () => {
  const { routes, owners, meanwhile } = await ownerCalls()
  routes.learn(owner(0, 1))
  meanwhile.happens = () => routes.learn(owner(1, 2))
  const answered = owners.ask(guildA, call, { ...ask, maxWaitMs: 600_000 }, async (_gateway, { epoch }) => {
    if (epoch === 2) return 'the new owner'
    throw new MeshError({ kind: 'GuildFenced', guildId: guildA, retryAfterMs: 9_000 })
  })
  expect(await answered).toBe('the new owner')
})

test('a guild that the table does not know is looked up, and only assigned if that was asked for', async () => {
  const { config, routes, owners } = await ownerCalls()
  await expect(owners.ask(guildA, call, ask, question)).rejects.toMatchObject({
    failure: { kind: 'NotAssigned', guildId: guildA },
  })
  expect(config.calls).toEqual(['assignments.lookup'])
  config.placeOn = gatewayIdOf(2)
  expect(await owners.ask(guildA, call, { ...ask, unassigned: 'ensure' }, question)).toBe(1)
  expect(routes.ownerOf(guildA)?.gatewayId).toBe('gateway-2')
})

test('an owner that has not heard of its guild yet is asked again, and the config API once for each refusal', async () => {
  const { config, routes, owners, searched, ended } = await ownerCalls()
  config.assign(guildA, gatewayIdOf(0))
  routes.learn(owner(0, 1))
  let refusals = 2
  const answer = await owners.ask(guildA, call, ask, async (_gateway, { epoch }) => {
    if (refusals-- > 0) {
      throw new MeshError({ kind: 'NotOwner', guildId: guildA, gatewayId: gatewayIdOf(0), knownEpoch: 0 })
    }
    return epoch
  })
  expect(answer).toBe(1)
  expect(searched).toEqual(['NotOwner', 'NotOwner'])
  expect(ended).toEqual([])
  expect(config.calls).toEqual(['assignments.lookup', 'assignments.lookup'])
})

test('what the owner refuses for good is passed on as it is, and what is no failure of the mesh too', async () => {
  const { routes, owners, ended } = await ownerCalls()
  routes.learn(owner(0, 1))
  const forbidden = new MeshError({ kind: 'Forbidden', reason: 'no' })
  for (const error of [forbidden, new Error('a bug')]) {
    const asked = owners.ask(guildA, call, ask, async () => {
      throw error
    })
    await expect(asked).rejects.toBe(error)
  }
  expect(ended).toEqual(['never-passes'])
})
