import {
  comparePositions,
  type DeliverInput,
  type DeliverReply,
  type Failure,
  type GatewayId,
  gatewayIdOf,
  GuildId,
  type LaneAck,
  MeshError,
  type Position,
} from '@guildmesh/contracts'
import { ManualTime } from '@guildmesh/runtime/testing'
import fc from 'fast-check'
import { afterAll, expect, test, vi } from 'vitest'
import { temporaryVolume } from '../../test/temporary-volume.ts'
import { deliveryMetrics } from './delivery-metrics.ts'
import { GatewayQueue } from './gateway-queue.ts'
import { LaneQueue } from './lane-queue.ts'
import { LaneScheduler } from './lane-scheduler.ts'
import { ParkedMarks } from './parked-marks.ts'
import { ParkingSpace } from './parking-space.ts'
import type { Route } from './routes-port.ts'
import { SessionProgress } from './session-progress.ts'
import { ShardDelivery } from './shard-delivery.ts'

const gateways = [gatewayIdOf(0), gatewayIdOf(1)] as const
const guilds = [0, 1, 2].map((n) => GuildId.parse(`10000000000000000${n}`))
const incarnation = { registration: 1, restart: 0 }

const temporary = temporaryVolume()
afterAll(() => temporary[Symbol.dispose]())
const disk = temporary.volume.parked

type Step =
  | { readonly do: 'emit'; readonly guild: number; readonly count: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'move'; readonly guild: number; readonly to: number }
  /** The routing table of the holder hears who owns the guild. */
  | { readonly do: 'hear'; readonly guild: number }
  /** The gateway is cut off, or back. */
  | { readonly do: 'cut'; readonly gateway: number }
  | { readonly do: 'fence'; readonly guild: number }
  /** The gateway applies and does not answer until later. */
  | { readonly do: 'slow'; readonly gateway: number }
  /** The same of the config API, when it is asked for an owner. */
  | { readonly do: 'slow-look-ups' }
  | { readonly do: 'answer'; readonly pick: number; readonly isLost: boolean }

const guild = fc.nat(guilds.length - 1)
const gateway = fc.nat(gateways.length - 1)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    arbitrary: fc.record({ do: fc.constant('emit' as const), guild, count: fc.constantFrom(1, 3, 40) }),
    weight: 5,
  },
  {
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(0, 30, 400, 3500) }),
    weight: 5,
  },
  { arbitrary: fc.record({ do: fc.constant('move' as const), guild, to: gateway }), weight: 2 },
  { arbitrary: fc.record({ do: fc.constant('hear' as const), guild }), weight: 3 },
  { arbitrary: fc.record({ do: fc.constant('cut' as const), gateway }), weight: 1 },
  { arbitrary: fc.record({ do: fc.constant('fence' as const), guild }), weight: 1 },
  { arbitrary: fc.record({ do: fc.constant('slow' as const), gateway }), weight: 1 },
  { arbitrary: fc.constant({ do: 'slow-look-ups' as const }), weight: 1 },
  {
    arbitrary: fc.record({ do: fc.constant('answer' as const), pick: fc.nat(), isLost: fc.boolean() }),
    weight: 3,
  },
)

/** The owners of all guilds, and the ways to them. A guild takes its rows along when it moves. */
class ModelOwners {
  readonly applied = new Map<GuildId, Position[]>(guilds.map((guildId) => [guildId, []]))
  readonly owners = new Map<GuildId, Route>(
    guilds.map((guildId) => [guildId, { gatewayId: gateways[0], epoch: 1 }]),
  )
  readonly fenced = new Set<GuildId>()
  readonly cut = new Set<GatewayId>()
  readonly slow = new Set<GatewayId>()
  areLookUpsSlow = false
  /** Answers that are still to come, or get lost. */
  readonly late: ((isLost: boolean) => void)[] = []
  /** Guilds of which a call is under way, and whether there were two at once. */
  readonly #underWay = new Set<GuildId>()
  overlaps = 0

  async send(to: GatewayId, input: DeliverInput): Promise<DeliverReply> {
    const guildIds = input.lanes.map(({ guildId }) => guildId)
    for (const guildId of guildIds) {
      if (this.#underWay.has(guildId)) this.overlaps += 1
      this.#underWay.add(guildId)
    }
    try {
      const unreachable = new MeshError({ kind: 'Unavailable', service: to, retryAfterMs: 1 })
      if (this.cut.has(to)) throw unreachable
      const acks = input.lanes.map((lane) => this.#deliver(to, lane))
      if (this.slow.has(to) && (await this.#isLost())) throw unreachable
      return { owner: { gatewayId: to, incarnation }, acks }
    } finally {
      for (const guildId of guildIds) this.#underWay.delete(guildId)
    }
  }

  /** Who owns the guild, as the config API knows. */
  async lookUp(guildId: GuildId): Promise<Route | null> {
    if (this.areLookUpsSlow && (await this.#isLost()))
      throw new MeshError({ kind: 'Unavailable', service: 'config', retryAfterMs: 1 })
    return this.owners.get(guildId) ?? null
  }

  #isLost(): Promise<boolean> {
    return new Promise((resolve) => this.late.push(resolve))
  }

  #deliver(to: GatewayId, { guildId, epoch, events }: DeliverInput['lanes'][number]): LaneAck {
    const owner = this.owners.get(guildId)
    const applied = this.applied.get(guildId) ?? []
    const refused = (failure: Failure): LaneAck => ({ outcome: 'refused', guildId, failure })
    if (owner?.gatewayId !== to) return refused({ kind: 'NotOwner', guildId, gatewayId: to, knownEpoch: 0 })
    if (epoch < owner.epoch) return refused({ kind: 'StaleEpoch', offered: epoch, current: owner.epoch })
    if (this.fenced.has(guildId)) return refused({ kind: 'GuildFenced', guildId, retryAfterMs: 100 })
    for (const { position, previous } of events) {
      const cursor = applied.at(-1) ?? null
      if (cursor && comparePositions(position, cursor) <= 0) continue
      if (previous && (!cursor || comparePositions(previous, cursor) !== 0))
        return refused({ kind: 'SequenceGap', guildId, cursor })
      applied.push(position)
    }
    const last = applied.at(-1)
    if (!last) throw new Error('a lane without events')
    return { outcome: 'accepted', guildId, epoch: owner.epoch, applied: last, durable: last }
  }
}

/** A shard's delivery with the model of everything around it. */
class World {
  readonly time = new ManualTime()
  readonly owners = new ModelOwners()
  readonly routes = new Map<GuildId, Route>()
  readonly emitted = new Map<GuildId, Position[]>(guilds.map((guildId) => [guildId, []]))
  readonly progress = new SessionProgress({ generation: 1, sessionId: 's', resumeUrl: '', seq: 0 })
  readonly delivery: ShardDelivery
  losses = 0
  #seq = 0

  constructor() {
    disk.forgetShard(0)
    const metric = { inc() {}, set() {}, observe() {} }
    this.delivery = new ShardDelivery({
      shard: { shardId: 0, shardCount: 1, shardEpoch: 1, holder: { gatewayId: gateways[0], incarnation } },
      progress: this.progress,
      limit: { events: 100, size: 1e9 },
      parking: {
        disk,
        space: new ParkingSpace(disk, 1e9),
        marks: new ParkedMarks(gateways[0]),
        inherited: [],
      },
      timers: this.time,
      onCheckpointChanged: () => {},
      onPressure: () => {},
      onLoss: () => {
        this.losses += 1
      },
      routes: {
        routeOf: (guildId) => this.routes.get(guildId) ?? null,
        incarnationOf: () => incarnation,
      },
      send: (to, input) => this.owners.send(to, input),
      assign: async (guildId) => this.#learn(guildId, await this.owners.lookUp(guildId)),
      refresh: async (guildId) => this.#learn(guildId, await this.owners.lookUp(guildId)),
      learn: () => {},
      clock: this.time,
      log: { debug() {}, info() {}, warn() {}, error() {} },
      metrics: deliveryMetrics({ counter: () => metric, gauge: () => metric, histogram: () => metric }),
    })
  }

  #learn(guildId: GuildId, owner: Route | null): void {
    if (owner && owner.epoch >= (this.routes.get(guildId)?.epoch ?? 0)) this.routes.set(guildId, owner)
  }

  hear(guildId: GuildId): void {
    this.#learn(guildId, this.owners.owners.get(guildId) ?? null)
    this.delivery.reroute(guildId)
  }

  emit(guildId: GuildId): void {
    this.#seq += 1
    const position = { generation: 1, seq: this.#seq }
    this.emitted.get(guildId)?.push(position)
    const data = { guild_id: guildId }
    this.delivery.receive({ ...position, type: 'MESSAGE_CREATE', data, size: 50 })
  }

  async do(one: Step): Promise<void> {
    const guildId = 'guild' in one ? guilds[one.guild] : undefined
    const gatewayId = gateways['gateway' in one ? one.gateway : 'to' in one ? one.to : 0] ?? gateways[0]
    switch (one.do) {
      case 'emit':
        if (guildId) for (let n = 0; n < one.count; n++) this.emit(guildId)
        return
      case 'pass':
        await this.time.advance(one.ms)
        return
      case 'move': {
        const owner = guildId && this.owners.owners.get(guildId)
        if (owner) this.owners.owners.set(guildId, { gatewayId, epoch: owner.epoch + 1 })
        return
      }
      case 'hear':
        if (guildId) this.hear(guildId)
        return
      case 'cut':
        toggle(this.owners.cut, gatewayId)
        return
      case 'fence':
        if (guildId) toggle(this.owners.fenced, guildId)
        return
      case 'slow':
        toggle(this.owners.slow, gatewayId)
        return
      case 'slow-look-ups':
        this.owners.areLookUpsSlow = !this.owners.areLookUpsSlow
        return
      case 'answer': {
        const [answer] = this.owners.late.splice(one.pick % Math.max(1, this.owners.late.length), 1)
        answer?.(one.isLost)
        return
      }
      default:
        one satisfies never
    }
  }

  /** Nothing is in the way any more. */
  async heal(): Promise<void> {
    this.owners.cut.clear()
    this.owners.fenced.clear()
    this.owners.slow.clear()
    this.owners.areLookUpsSlow = false
    for (const guildId of guilds) this.hear(guildId)
    for (let waitedMs = 0; waitedMs < 20_000; waitedMs += 500) {
      for (const answer of this.owners.late.splice(0)) answer(false)
      await this.time.advance(500)
    }
  }
}

function toggle<T>(set: Set<T>, value: T): void {
  if (!set.delete(value)) set.add(value)
}

/**
 * Whatever moves, refuses, hangs, is cut off or parked: of a lane one call is under way at a time, and once nothing is in
 * the way any more its owner has each event once and in order, and the holder nothing.
 */
const exactlyOnce = async (script: readonly Step[]): Promise<void> => {
  const world = new World()
  try {
    for (const one of script) await world.do(one)
    await world.heal()
    const { owners, emitted, delivery, progress, losses } = world
    expect(owners.overlaps).toBe(0)
    expect(losses).toBe(0)
    for (const guildId of guilds) expect(owners.applied.get(guildId)).toEqual(emitted.get(guildId))
    expect(delivery.undelivered).toBe(0)
    expect(progress.seqLag).toBe(0)
  } finally {
    world.delivery.close()
  }
}
const law = fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), exactlyOnce)

test('each event is applied exactly once and in order, whatever happens between the holder and its owners (I3)', async () => {
  await expect(fc.assert(law, { numRuns: 100 })).resolves.toBeUndefined()
})

const mutants: [string, () => unknown][] = [
  [
    'leaves a lane in the queue of the gateway that it was routed away from',
    () => vi.spyOn(GatewayQueue.prototype, 'remove').mockImplementation(() => {}),
  ],
  [
    'sends a lane on while a call with its events is under way',
    () => {
      const wake = methodOf(LaneScheduler.prototype, 'wake')
      return vi.spyOn(LaneScheduler.prototype, 'wake').mockImplementation(function (
        this: LaneScheduler,
        lane,
      ) {
        if (lane.state.name === 'sending') lane.state = { name: 'idle' }
        wake.call(this, lane)
      })
    },
  ],
  [
    'starts a lane over whenever its route changes, whatever it does',
    () =>
      vi.spyOn(LaneScheduler.prototype, 'reroute').mockImplementation(function (this: LaneScheduler, lane) {
        lane.state = { name: 'idle' }
        this.wake(lane)
      }),
  ],
  [
    'takes everything as applied that was sent',
    () => {
      const next = methodOf(LaneQueue.prototype, 'next')
      return vi.spyOn(LaneQueue.prototype, 'next').mockImplementation(function (this: LaneQueue, limit) {
        const sent = next.call(this, limit)
        const last = sent.at(-1)
        if (last) this.acknowledge(last.position, last.position)
        return sent
      })
    },
  ],
]

test.each(mutants)('the law catches a holder that %s', async (_name, mutate) => {
  mutate()
  try {
    expect((await fc.check(law, { numRuns: 3000, endOnFailure: true })).failed).toBe(true)
  } finally {
    vi.restoreAllMocks()
  }
})

/** The method as it is before it is replaced. */
function methodOf<T extends object, K extends keyof T>(prototype: T, name: K): T[K] {
  return Reflect.get(prototype, name)
}
