import {
  type DeliverInput,
  type DeliverReply,
  type Failure,
  type GatewayId,
  gatewayIdOf,
  GuildId,
  MeshError,
  type ParkedLane,
} from '@guildmesh/contracts'
import type { ParkedEvents } from '@guildmesh/guild-store'
import { expect, onTestFinished } from 'vitest'
import { ManualTime } from '@guildmesh/runtime/testing'
import { ChainOwner } from './chain-owner.ts'
import { temporaryVolume } from './temporary-volume.ts'
import { deliveryMetrics } from '../src/delivery/delivery-metrics.ts'
import type { LaneLoss } from '../src/delivery/held-event.ts'
import { ParkedMarks } from '../src/delivery/parked-marks.ts'
import { ParkingSpace } from '../src/delivery/parking-space.ts'
import type { Route } from '../src/delivery/routes-port.ts'
import { SessionProgress } from '../src/delivery/session-progress.ts'
import { ShardDelivery } from '../src/delivery/shard-delivery.ts'

/** The two owners. `a` is the holder as well. */
export const [a, b] = [gatewayIdOf(0), gatewayIdOf(1)]
export const guild = (n: number) => GuildId.parse(`1000000000000000${10 + n}`)
const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const incarnation = { registration: 1, restart: 0 }
/** A position in the one session there is. */
export const at = (seq: number) => ({ generation: 1, seq })

/** A shard's delivery to two owners, with routes and a clock that the test sets. */
export function startDelivery({
  parkingLimit = 1e9,
  resumedSeq = 0,
  inherited = [],
}: { parkingLimit?: number; resumedSeq?: number; inherited?: readonly ParkedLane[] } = {}) {
  const temporary = temporaryVolume()
  onTestFinished(() => temporary[Symbol.dispose]())
  const disk = temporary.volume.parked
  const space = new ParkingSpace(disk, parkingLimit)
  const marks = new ParkedMarks(a)
  const time = new ManualTime()
  const progress = new SessionProgress({ generation: 1, sessionId: 's', resumeUrl: '', seq: resumedSeq })
  const owners = new Map([
    [a, new ChainOwner(a)],
    [b, new ChainOwner(b)],
  ])
  const routes = new Map<GuildId, Route>()
  const calls: { to: GatewayId; input: DeliverInput }[] = []
  const world = {
    owners,
    routes,
    calls,
    seq: resumedSeq,
    errors: new Array<string>(),
    losses: new Array<LaneLoss & { readonly guildId: GuildId }>(),
    pressure: new Array<boolean>(),
    send: async (to: GatewayId, input: DeliverInput): Promise<DeliverReply> => {
      const owner = owners.get(to)
      if (!owner) throw new MeshError({ kind: 'Unavailable', service: to, retryAfterMs: 1 })
      return owner.deliver(input)
    },
    assign: async (guildId: GuildId): Promise<void> => {
      routes.set(guildId, { gatewayId: a, epoch: 1 })
    },
    refresh: async (_guildId: GuildId): Promise<void> => {},
  }
  const metrics = { inc() {}, set() {}, observe() {} }
  const delivery = new ShardDelivery({
    shard: { shardId: 0, shardCount: 1, shardEpoch: 1, holder: { gatewayId: a, incarnation } },
    progress,
    limit: { events: 1000, size: 1e9 },
    parking: { disk, space, marks, inherited },
    onLoss: (guildId, loss) => void world.losses.push({ guildId, ...loss }),
    onCheckpointChanged: () => {},
    onPressure: (full) => void world.pressure.push(full),
    routes: {
      routeOf: (guildId) => routes.get(guildId) ?? null,
      incarnationOf: () => incarnation,
    },
    send: (to, input) => {
      calls.push({ to, input })
      return world.send(to, input)
    },
    assign: (guildId) => world.assign(guildId),
    refresh: (guildId) => world.refresh(guildId),
    learn: (guildId, route) => {
      routes.set(guildId, route)
    },
    clock: time,
    timers: time,
    log: { ...quiet, error: (_, message) => void world.errors.push(message) },
    metrics: deliveryMetrics({ counter: () => metrics, gauge: () => metrics, histogram: () => metrics }),
  })
  onTestFinished(() => delivery.close())
  const emit = (guildId: GuildId, count = 1) => {
    for (let n = 0; n < count; n++) {
      world.seq += 1
      const data = { guild_id: guildId, n: world.seq }
      delivery.receive({ generation: 1, seq: world.seq, type: 'MESSAGE_CREATE', data, size: 50 })
    }
  }
  const applied = (guildId: GuildId, by = a) => owners.get(by)?.report[guildId]?.count ?? 0
  const lowWatermark = () => progress.checkpoint?.seq
  /** Lets time pass until a condition holds. */
  const until = async (holds: () => boolean) => {
    for (let waitedMs = 0; waitedMs < 60_000 && !holds(); waitedMs += 5) await time.advance(5)
    expect(holds()).toBe(true)
  }
  return { ...world, world, delivery, emit, applied, disk, marks, time, lowWatermark, until }
}

/** Takes an owner away; the result brings it back. */
export function absent(owners: Map<GatewayId, ChainOwner>, gatewayId: GatewayId): () => void {
  const owner = owners.get(gatewayId)
  owners.delete(gatewayId)
  return () => void (owner && owners.set(gatewayId, owner))
}

/** The owner refuses every lane. */
export function refuse(
  owners: Map<GatewayId, ChainOwner>,
  gatewayId: GatewayId,
  failure: (guildId: GuildId) => Failure,
): void {
  const owner = owners.get(gatewayId)
  if (owner) owner.refuse = failure
}

/** Events that lie on the disk. */
export function stored(disk: ParkedEvents): number {
  return disk.spans(0).reduce((sum, { events }) => sum + events, 0)
}
