import { gatewayIdOf, type Incarnation, MeshError, type Registration } from '@guildmesh/contracts'
import { expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { GatewayLease } from './gateway-lease.ts'
import { Membership, type RegistryPort, type RestLeasing, SupersededError } from './membership.ts'

const gatewayId = gatewayIdOf(1)
const lease = { holdMs: 2500, renewEveryMs: 5 }
const away = new MeshError({ kind: 'Unavailable', service: 'config', retryAfterMs: 1 })

const nothing = { demand: 0, holds: 0, floor: 0 }
const noLeasing: RestLeasing = {
  report: () => ({ life: 'a', beat: 1, requests: nothing, invalid: nothing }),
  answered() {},
}

/** A gateway's membership with a registry that is scripted call by call, and a clock that is set by hand. */
function setUp(registry: Partial<RegistryPort> = {}, rest: RestLeasing = noLeasing) {
  const clock = { at: 0, now: () => 0, monotonicMs: () => clock.at }
  const recorded: Incarnation[] = []
  const registrations: (Incarnation | null)[] = []
  const warnings: string[] = []
  const volume = {
    get incarnation() {
      return recorded.at(-1) ?? null
    },
    recordIncarnation: (incarnation: Incarnation) => void recorded.push(incarnation),
  }
  const parts: RegistryPort = {
    async register({ previous }): Promise<Registration> {
      registrations.push(previous)
      return { incarnation: { registration: registrations.length, restart: 0 }, status: 'active', lease }
    },
    heartbeat: async () => ({ status: 'active', lease }),
    ...registry,
  }
  const own = new GatewayLease(clock)
  const membership = new Membership({
    facts: { gatewayId, address: 'ws://127.0.0.1:3000', region: 'r', version: '1', capacity: 10 },
    lease: own,
    registry: parts,
    volume,
    load: () => ({ guilds: 0, eventsPerSecond: 0, databaseBytes: 0, rssBytes: 0 }),
    rest,
    clock,
    log: { debug() {}, info() {}, warn: (_, message) => void warnings.push(message), error() {} },
  })
  return { membership, own, clock, recorded, registrations, warnings }
}

const never = new AbortController().signal

test('a gateway that is not registered serves nothing', () => {
  const { own } = setUp()
  expect(own.mayServe()).toBe(false)
  expect(() => own.incarnation).toThrow('registered')
})

test('the volume remembers the incarnation before anything is served under it, and tells it the next time', async () => {
  const { membership, own, recorded, registrations } = setUp()
  await membership.register(never)
  expect(recorded).toEqual([{ registration: 1, restart: 0 }])
  expect(own.mayServe()).toBe(true)
  await membership.register(never)
  expect(registrations).toEqual([null, { registration: 1, restart: 0 }])
})

test('while the config API is away at start, the gateway waits, serves nothing and says so', async () => {
  let tries = 0
  const { membership, warnings } = setUp({
    async register() {
      tries += 1
      if (tries < 3) throw away
      return { incarnation: { registration: 1, restart: 0 }, status: 'active', lease }
    },
  })
  await membership.register(never)
  expect(warnings).toHaveLength(2)
  expect(warnings[0]).toContain('CONFIG_SERVICE_URL')
})

test('a registration that can never succeed fails at once', async () => {
  const wrong = new MeshError({
    kind: 'InvalidInput',
    issues: [{ path: 'address', message: 'must be ws://host:port' }],
  })
  const { membership } = setUp({ register: () => Promise.reject(wrong) })
  await expect(membership.register(never)).rejects.toBe(wrong)
})

test('a gateway goes on serving while the config API is away, and stops when told that it was superseded (T6, I10)', async () => {
  let answer = away
  let beats = 0
  const { membership, own, clock } = setUp({
    heartbeat: () => {
      beats += 1
      clock.at += 1000
      return Promise.reject(answer)
    },
  })
  await membership.register(never)
  const kept = membership.keep(never)
  kept.catch(() => {})
  await eventually(
    () => beats,
    (count) => count > 10,
  )
  expect(clock.at).toBeGreaterThan(lease.holdMs)
  expect(own.mayServe()).toBe(true)
  const current = { registration: 9, restart: 0 }
  const failure = { kind: 'StaleIncarnation', gatewayId, offered: own.incarnation, current } as const
  answer = new MeshError(failure)
  await expect(kept).rejects.toBeInstanceOf(SupersededError)
  expect(own.mayServe()).toBe(false)
})

test('a process that was stopped for longer than its lease serves nothing before it has asked again', async () => {
  const { membership, own, clock } = setUp()
  await membership.register(never)
  clock.at = 60_000
  expect(own.mayServe()).toBe(false)
  const ending = new AbortController()
  const kept = membership.keep(ending.signal)
  await eventually(() => own.mayServe())
  ending.abort()
  await kept
  expect(own.mayServe()).toBe(true)
})

test.each([
  [
    'does not know it',
    () => Promise.reject(new MeshError({ kind: 'NotFound', what: 'gateway', id: gatewayId })),
  ],
  ['took it for gone', async () => ({ status: 'offline' as const, lease })],
])('a gateway registers again in place when the config API %s', async (_name, firstAnswer) => {
  let beats = 0
  const { membership, own, registrations } = setUp({
    heartbeat: async () => {
      beats += 1
      return beats === 1 ? firstAnswer() : { status: 'active', lease }
    },
  })
  await membership.register(never)
  const ending = new AbortController()
  const kept = membership.keep(ending.signal)
  await eventually(
    () => registrations.length,
    (count) => count === 2,
  )
  await eventually(() => own.incarnation.registration === 2)
  ending.abort()
  await kept
  expect(own.mayServe()).toBe(true)
})
