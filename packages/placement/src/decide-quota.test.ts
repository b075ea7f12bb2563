import { type GatewayId, gatewayIdOf } from '@guildmesh/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decideQuota, type QuotaAmount } from './decide-quota.ts'
import { guaranteedMinimum } from './divide-limit.ts'
import { quotaTtlMs, restLimits } from './limit-terms.ts'

const terms = restLimits.requests
const stepMs = 100
const beatSteps = 5
const windowSteps = 10

type Fate = 'answered' | 'answer lost' | 'lost' | 'late'

/** A row of the ledger, as the config API keeps it. */
interface Row {
  readonly gatewayId: GatewayId
  takesPart: boolean
  demand: number | null
  quota: number
  guaranteed: number
  beat: number
  heardAt: number
}

/** A gateway that uses all it may at every moment. */
interface Player {
  readonly id: GatewayId
  readonly joinsAt: number
  demand: number
  granted: QuotaAmount & { readonly sentAt: number }
  beat: number
  /** What it might use in each of the last steps. */
  used: number[]
}

/** A mesh in steps of 100 ms: gateways, a ledger, and messages that are answered, lost or late. */
class Mesh {
  readonly rows = new Map<GatewayId, Row>()
  readonly players: Player[]
  now = 0
  #late: (() => void)[] = []

  constructor(gateways: readonly { demand: number; joinsAt: number }[]) {
    this.players = gateways.map(({ demand, joinsAt }, ordinal) => ({
      id: gatewayIdOf(ordinal),
      joinsAt,
      demand,
      granted: { quota: 0, guaranteed: 0, sentAt: Number.NEGATIVE_INFINITY },
      beat: 0,
      used: [],
    }))
  }

  mayUse({ granted }: Player): number {
    return this.now < granted.sentAt + quotaTtlMs ? granted.quota : granted.guaranteed
  }

  /** What all gateways might have used, each at its most, within the last second. */
  get usable(): number {
    return this.players.reduce((sum, player) => sum + Math.max(0, ...player.used), 0)
  }

  step(fateOf: (player: number) => Fate): void {
    this.now += stepMs
    for (const player of this.players)
      player.used = [...player.used.slice(1 - windowSteps), this.mayUse(player)]
    for (const [index, player] of this.players.entries()) {
      const due = (this.now / stepMs) % beatSteps === index % beatSteps && this.now >= player.joinsAt
      if (due) this.#beat(player, fateOf(index))
      // What a heartbeat changed, it changed within this step.
      player.used = [...player.used.slice(0, -1), Math.max(player.used.at(-1) ?? 0, this.mayUse(player))]
    }
  }

  /** Much later: others have overtaken it, or what it tells of has run out. */
  deliverLate(): void {
    for (const deliver of this.#late.splice(0)) deliver()
  }

  #beat(player: Player, fate: Fate): void {
    player.beat += 1
    const { beat, granted, demand } = player
    const holds = Math.max(0, ...player.used)
    const deliver = () => this.#heard(player.id, beat, { demand, holds, guaranteed: granted.guaranteed })
    if (fate === 'lost') return
    if (fate === 'late') {
      this.#late.push(deliver)
      return
    }
    const answer = deliver()
    if (fate === 'answered' && answer) player.granted = { ...answer, sentAt: this.now }
  }

  #heard(gatewayId: GatewayId, beat: number, report: { demand: number; holds: number; guaranteed: number }) {
    for (const row of this.rows.values()) {
      if (this.now - row.heardAt > terms.countedMs) row.quota = row.guaranteed
      if (this.now - row.heardAt > 3250) row.takesPart = false
    }
    const row = this.rows.get(gatewayId)
    if (row && beat < row.beat) return null
    const mine = row ?? {
      gatewayId,
      takesPart: true,
      demand: 0,
      quota: 0,
      guaranteed: 0,
      beat,
      heardAt: this.now,
    }
    this.rows.set(gatewayId, Object.assign(mine, { takesPart: true }))
    const { granted, counted } = decideQuota(gatewayId, report, [...this.rows.values()], terms)
    Object.assign(mine, counted, { demand: report.demand, beat, heardAt: this.now })
    return granted
  }
}

const gateways = fc.array(
  fc.record({ demand: fc.oneof(fc.nat(100), fc.nat(3000)), joinsAt: fc.nat(10_000) }),
  { minLength: 1, maxLength: 30 },
)
const fates = fc.infiniteStream(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Fate>('answered') },
    ...(['answer lost', 'lost', 'late'] as const).map((fate) => ({
      weight: 1,
      arbitrary: fc.constant<Fate>(fate),
    })),
  ),
)
/** Gateways that are cut off for a while, one way or both. */
const cuts = fc.array(
  fc.record({
    player: fc.nat(29),
    from: fc.nat(20_000),
    forMs: fc.nat(10_000),
    fate: fc.constantFrom<Fate>('lost', 'answer lost', 'late'),
  }),
  { maxLength: 8 },
)

test('whatever is lost, late or cut off, gateways that use all they may stay within the limit together', () => {
  fc.assert(
    fc.property(
      gateways,
      fates,
      cuts,
      fc.infiniteStream(
        fc.record({ who: fc.nat(29), demand: fc.nat(2000), often: fc.nat(20), late: fc.nat(40) }),
      ),
      (all, fate, cutOff, changes) => {
        const mesh = new Mesh(all)
        while (mesh.now < 30_000) {
          const change = changes.next().value
          const changing = change.often === 0 ? mesh.players[change.who] : undefined
          if (changing) changing.demand = change.demand
          if (change.late === 0) mesh.deliverLate()
          mesh.step((player) => {
            const cut = cutOff.find(
              (c) => c.player === player && mesh.now >= c.from && mesh.now < c.from + c.forMs,
            )
            return cut?.fate ?? fate.next().value
          })
          expect(mesh.usable).toBeLessThanOrEqual(terms.whole)
        }
      },
    ),
    { numRuns: 300 },
  )
})

test('within ten heartbeats after a change each has what max-min fairness gives, and a lone demander nearly all', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), fc.nat(29), (count, busyIndex) => {
      const mesh = new Mesh(Array.from({ length: count }, () => ({ demand: 0, joinsAt: 0 })))
      const run = (beats: number) => {
        for (let n = 0; n < beats * beatSteps; n++) mesh.step(() => 'answered')
      }
      run(10)
      const busy = mesh.players[busyIndex % count]
      if (!busy) return
      busy.demand = 5000
      run(10)
      const guaranteed = (count - 1) * guaranteedMinimum(count, terms)
      expect(mesh.mayUse(busy)).toBeGreaterThan(terms.whole - guaranteed - terms.step)
      for (const player of mesh.players) player.demand = 5000
      run(10)
      const held = mesh.players.map((player) => mesh.mayUse(player))
      expect(Math.max(...held) - Math.min(...held)).toBeLessThanOrEqual(terms.step)
      expect(held.reduce((sum, quota) => sum + quota, 0)).toBeGreaterThan(terms.whole - terms.step)
    }),
    { numRuns: 60 },
  )
})

test('quotas come to rest: if demands stay within a step nobody takes or gives any more', () => {
  const mesh = new Mesh([0, 100, 200].map((demand) => ({ demand, joinsAt: 0 })))
  const run = (beats: number) => {
    for (let n = 0; n < beats * beatSteps; n++) mesh.step(() => 'answered')
  }
  run(10)
  const before = [...mesh.rows.values()].map(({ quota }) => quota)
  for (const demand of [90, 110, 95, 105]) {
    Object.assign(mesh.players[1] ?? {}, { demand })
    run(2)
    expect([...mesh.rows.values()].map(({ quota }) => quota)).toEqual(before)
  }
})

test('a gateway that was cut off keeps its guaranteed minimum, also while others join, and gets a quota again when it is back', () => {
  const mesh = new Mesh([
    { demand: 1000, joinsAt: 0 },
    { demand: 1000, joinsAt: 0 },
    { demand: 1000, joinsAt: 5000 },
    { demand: 1000, joinsAt: 5000 },
  ])
  const run = (untilMs: number, fate: Fate) => {
    while (mesh.now < untilMs) mesh.step((player) => (player === 0 ? fate : 'answered'))
  }
  run(5000, 'answered')
  const [cut] = mesh.players
  if (!cut) throw new Error('no gateway')
  // Its heartbeats still arrive at first, and its guaranteed minimum is made smaller, but it does not hear of that.
  run(10_000, 'answer lost')
  run(20_000, 'lost')
  expect(mesh.mayUse(cut)).toBe(120)
  expect(mesh.usable).toBe(1000)
  run(30_000, 'answered')
  expect(mesh.mayUse(cut)).toBeGreaterThanOrEqual(240)
})

function fullHolder(ordinal: number, quota: number) {
  return { gatewayId: gatewayIdOf(ordinal), takesPart: true, demand: 1000, quota, guaranteed: 100 }
}

test('a report that arrives after what it tells of has expired counts only as far as there is room', () => {
  const late = { demand: 1000, holds: 600, guaranteed: 100 }
  const full = decideQuota(gatewayIdOf(0), late, [fullHolder(0, 100), fullHolder(1, 900)], terms)
  expect(full).toMatchObject({ counted: { quota: 100 }, raised: false })
  const roomy = decideQuota(
    gatewayIdOf(0),
    { ...late, demand: 0 },
    [fullHolder(0, 100), fullHolder(1, 700)],
    terms,
  )
  expect(roomy).toMatchObject({ counted: { quota: 300 }, raised: true })
})
