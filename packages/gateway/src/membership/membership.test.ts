import { gatewayIdOf, type Incarnation, MeshError, type Registration } from '@guildmesh/contracts'
import { ManualTime } from '@guildmesh/runtime/testing'
import { expect, test } from 'vitest'
import { GatewayLease } from './gateway-lease.ts'
import { Membership, type RegistryPort, type RestLeasing, SupersededError } from './membership.ts'

const gatewayId = gatewayIdOf(1)
const lease = { leaseTtlMs: 2500, renewEveryMs: 500 }
const away = new MeshError({ kind: 'Unavailable', service: 'config', retryAfterMs: 1 })

const nothing = { demand: 0, holds: 0, guaranteed: 0 }
const noLeasing: RestLeasing = {
  report: () => ({ processId: 'a', beat: 1, requests: nothing, invalid: nothing }),
  answered() {},
}

/** A gateway's membership with a registry that is scripted call by call, in a time of its own. */
function setUp(registry: Partial<RegistryPort> = {}, rest: RestLeasing = noLeasing) {
  const time = new ManualTime()
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
  const own = new GatewayLease(time)
  const membership = new Membership({
    facts: { gatewayId, address: 'ws://127.0.0.1:3000', region: 'r', version: '1', capacity: 10 },
    lease: own,
    registry: parts,
    volume,
    load: () => ({ guilds: 0, eventsPerSecond: 0, databaseBytes: 0, rssBytes: 0 }),
    rest,
    clock: time,
    timers: time,
    log: { debug() {}, info() {}, warn: (_, message) => void warnings.push(message), error() {} },
  })
  return { membership, own, time, recorded, registrations, warnings }
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
  const { membership, own, time, warnings } = setUp({
    async register() {
      tries += 1
      if (tries < 3) throw away
      return { incarnation: { registration: 1, restart: 0 }, status: 'active', lease }
    },
  })
  const registered = membership.register(never)
  await time.advance()
  expect(own.mayServe()).toBe(false)
  await time.advance(10_000)
  await registered
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
  const { membership, own, time } = setUp({
    heartbeat: () => {
      const answered = Promise.withResolvers<never>()
      time.after(1000, () => answered.reject(answer))
      return answered.promise
    },
  })
  await membership.register(never)
  const kept = membership.keep(never).catch((error: unknown) => error)
  await time.advance(10 * lease.leaseTtlMs)
  expect(own.mayServe()).toBe(true)
  const current = { registration: 9, restart: 0 }
  const failure = { kind: 'StaleIncarnation', gatewayId, offered: own.incarnation, current } as const
  answer = new MeshError(failure)
  await time.advance(2000)
  expect(await kept).toBeInstanceOf(SupersededError)
  expect(own.mayServe()).toBe(false)
})

test('a process that was stopped for longer than its lease serves nothing before it has asked again', async () => {
  const { membership, own, time } = setUp()
  await membership.register(never)
  await time.advance(60_000)
  expect(own.mayServe()).toBe(false)
  const ending = new AbortController()
  const kept = membership.keep(ending.signal)
  await time.advance()
  ending.abort()
  await kept
  expect(own.mayServe()).toBe(true)
})

test.each([
  [
    'does not know it',
    () => Promise.reject(new MeshError({ kind: 'NotFound', what: 'gateway', id: gatewayId })),
  ],
  ['marked it offline', async () => ({ status: 'offline' as const, lease })],
])('a gateway registers again in place when the config API %s', async (_name, firstAnswer) => {
  let beats = 0
  const { membership, own, registrations, time } = setUp({
    heartbeat: async () => {
      beats += 1
      return beats === 1 ? firstAnswer() : { status: 'active', lease }
    },
  })
  await membership.register(never)
  const ending = new AbortController()
  const kept = membership.keep(ending.signal)
  await time.advance()
  expect(registrations).toHaveLength(2)
  expect(own.incarnation.registration).toBe(2)
  ending.abort()
  await kept
  expect(own.mayServe()).toBe(true)
})
