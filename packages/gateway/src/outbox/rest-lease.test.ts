import { gatewayIdOf, MeshError, type RestGrant, type RestReport } from '@guildmesh/contracts'
import { guaranteedMinimum, restLimits } from '@guildmesh/placement'
import { expect, onTestFinished, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { GatewayLease } from '../membership/gateway-lease.ts'
import { Membership } from '../membership/membership.ts'
import { RestLease } from './rest-lease.ts'

const idle = { started: 0, waiting: 0, invalid: 0 }
const grant = (quota: number, guaranteed = 100): RestGrant => ({
  quotaTtlMs: 2000,
  requests: { quota, guaranteed },
  invalid: { quota: quota * 10, guaranteed: guaranteed * 10 },
})

function lease(gateways = 4) {
  const clock = { at: 0, now: () => 0, monotonicMs: () => clock.at }
  const gauges = new Map<string, number>()
  const subject = new RestLease({
    clock,
    gateways: () => gateways,
    metrics: {
      counter: () => ({ inc() {} }),
      histogram: () => ({ observe() {} }),
      gauge: (name) => ({ set: ({ limit }, value) => void gauges.set(`${name} ${limit}`, value) }),
    },
  })
  return { subject, clock, gauges }
}

test('a quota is held from before its heartbeat was sent, then the guaranteed minimum is left, for as long as nothing is heard', () => {
  const { subject, clock } = lease()
  expect(subject.requests()).toBe(0)
  clock.at = 5000
  subject.answered(grant(600), 4500)
  clock.at = 6499
  expect([subject.requests(), subject.invalid()]).toEqual([600, 6000])
  clock.at = 6500
  expect([subject.requests(), subject.invalid()]).toEqual([100, 1000])
  clock.at = 1e12
  subject.answered(undefined, clock.at)
  expect(subject.requests()).toBe(100)
  subject.answered(grant(300, 50), clock.at)
  expect(subject.requests()).toBe(300)
})

test('a report tells what is held or was used, whichever is more, and each has a higher number', () => {
  const { subject, clock, gauges } = lease()
  const first = subject.report({ started: 3, waiting: 2, invalid: 0 })
  expect(first).toMatchObject({ beat: 1, requests: { demand: 100, holds: 60, guaranteed: 0 } })
  subject.answered(grant(600), 0)
  const second = subject.report({ started: 31, waiting: 0, invalid: 9000 })
  expect(second).toMatchObject({
    processId: first.processId,
    beat: 2,
    requests: { holds: 620, guaranteed: 100 },
    invalid: { holds: 9000, guaranteed: 1000 },
  })
  expect(second.invalid.demand).toBeGreaterThan(9000 / 0.8)
  expect(gauges.get('rest_quota_held requests')).toBe(0.6)
  clock.at = 3000
  expect(subject.report(idle).requests).toMatchObject({ holds: 100, guaranteed: 100 })
  expect(gauges.get('rest_quota_held requests')).toBe(0.1)
})

test('demand falls slowly, so that a lull costs no quota', () => {
  const { subject } = lease()
  const demands = [{ ...idle, waiting: 50 }, idle, idle].map((usage) => subject.report(usage).requests.demand)
  expect(demands).toEqual([1000, 800, 640])
})

test('beside a config API that leases nothing, it takes the guaranteed minimum of the mesh it sees', () => {
  const { subject } = lease(4)
  subject.answered(undefined, 0)
  expect(subject.requests()).toBe(guaranteedMinimum(4, restLimits.requests))
  subject.answered(grant(600), 0)
  expect(subject.requests()).toBe(600)
})

test('a gateway uses what the registry leases to it, and only its guaranteed minimum when heartbeats fail', async () => {
  const { subject, clock } = lease()
  const reports: RestReport[] = []
  let away = false
  const gatewayId = gatewayIdOf(0)
  const terms = { leaseTtlMs: 2500, renewEveryMs: 1 }
  const membership = new Membership({
    facts: { gatewayId, address: 'ws://127.0.0.1:3000', region: 'r', version: '1', capacity: 10 },
    lease: new GatewayLease(clock),
    registry: {
      register: async () => ({
        incarnation: { registration: 1, restart: 0 },
        status: 'active',
        lease: terms,
      }),
      heartbeat: async ({ rest }) => {
        // The request is on its way for so long.
        clock.at += 300
        reports.push(rest)
        if (away) throw new MeshError({ kind: 'Unavailable', service: 'config', retryAfterMs: 1 })
        return { status: 'active', lease: terms, rest: grant(rest.requests.demand + 100) }
      },
    },
    volume: { incarnation: null, recordIncarnation() {} },
    load: () => ({ guilds: 0, eventsPerSecond: 0, databaseBytes: 0, rssBytes: 0 }),
    rest: {
      report: () => subject.report({ started: 0, waiting: 30, invalid: 0 }),
      answered: (given, sentAtMs) => subject.answered(given, sentAtMs),
    },
    clock,
    log: { debug() {}, info() {}, warn() {}, error() {} },
  })
  const ending = new AbortController()
  onTestFinished(() => ending.abort())
  await membership.register(ending.signal)
  const kept = membership.keep(ending.signal)
  await eventually(() => subject.requests() === 700)
  away = true
  await eventually(() => subject.requests() === 100)
  expect(reports.at(-1)?.requests.demand).toBe(600)
  await eventually(() => reports.at(-1)?.requests.holds === 100)
  away = false
  await eventually(() => subject.requests() === 700)
  ending.abort()
  await kept
  expect(reports.map(({ beat }) => beat)).toEqual(reports.map((_, index) => index + 1))
})
