import { comparePositions, gatewayIdOf, GuildId, type Position } from '@guildmesh/contracts'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { systemClock } from '@guildmesh/runtime'
import { temporaryVolume } from '../../test/temporary-volume.ts'
import { type HeldEvent, Lane } from './lane.ts'
import { ParkedMarks } from './parked-marks.ts'
import { Parking, ParkingSpace } from './parking.ts'

const guildId = GuildId.parse('100000000000000001')
const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const limit = { events: 3, size: 1000 }

const temporary = temporaryVolume()
afterAll(() => temporary[Symbol.dispose]())
const disk = temporary.volume.parked

type Step =
  | 'append'
  | 'deliver'
  | 'answer-lost'
  | 'durable-late'
  | 'owner-falls-back'
  | 'park'
  | 'holder-dies'
  | 'holder-dies-held-up'
  | 'shed'
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { arbitrary: fc.constant<Step>('append'), weight: 5 },
    { arbitrary: fc.constant<Step>('deliver'), weight: 4 },
    ...(
      [
        'answer-lost',
        'durable-late',
        'owner-falls-back',
        'park',
        'park',
        'shed',
        'holder-dies',
        'holder-dies-held-up',
      ] as const
    ).map((step) => ({ arbitrary: fc.constant<Step>(step), weight: 1 })),
  ),
  { maxLength: 80, size: 'max' },
)

/** A guild's owner that applies in order, refuses holes and skips what it has. */
class ModelOwner {
  applied: number[] = []
  durable = 0

  get cursor(): Position | null {
    const last = this.applied.at(-1)
    return last === undefined ? null : { generation: 1, seq: last }
  }

  deliver(events: readonly HeldEvent[]): Position | 'hole' {
    for (const { position, previous } of events) {
      const { cursor } = this
      if (cursor && comparePositions(position, cursor) <= 0) continue
      if (previous && (!cursor || comparePositions(previous, cursor) !== 0)) return 'hole'
      this.applied.push(position.seq)
    }
    const { cursor } = this
    if (!cursor) throw new Error('an empty batch')
    return cursor
  }
}

/** A holder with one lane. What it has in memory dies with it; the seq to resume from, and the disk, do not. */
class ModelHolder {
  readonly #settled: Set<number>
  gaps = 0
  readonly parking: Parking
  readonly lane: Lane

  constructor(settled: Set<number>) {
    this.#settled = settled
    this.parking = new Parking({
      shardId: 0,
      disk,
      space: new ParkingSpace(disk, 1e9),
      marks: new ParkedMarks(gatewayIdOf(0)),
      clock: systemClock,
      log: quiet,
      onWritten: (events) => this.settle(events),
      onForgotten: () => {},
    })
    const [here] = disk.spans(0)
    this.lane = new Lane(guildId, here?.through ?? null)
    if (here) this.lane.park()
  }

  settle(events: readonly HeldEvent[]): void {
    for (const { position } of events) this.#settled.add(position.seq)
  }

  append(seq: number): void {
    const position = { generation: 1, seq }
    if (this.lane.hasFromBefore(position)) {
      this.#settled.add(seq)
      return
    }
    const held = this.lane.append({ position, type: 'X', data: seq, size: 10, receivedAtMs: 0 })
    if (this.lane.parked) this.parking.append(this.lane, held)
  }

  take(): readonly HeldEvent[] {
    if (this.lane.wantsRefill) this.gaps += this.parking.refill(this.lane).gap ? 1 : 0
    return this.lane.take(limit)
  }
}

type Plant = (holder: ModelHolder) => ModelHolder

/** Whatever is parked, read back, lost on the way or dies: the owner applies each event once and in order. */
function exactlyOnce(plant: Plant): fc.IProperty<[Step[]]> {
  return fc.property(steps, (script) => {
    disk.forgetShard(0)
    const owner = new ModelOwner()
    const settled = new Set<number>()
    let count = 0
    let holder = plant(new ModelHolder(settled))
    const deliver = (isAnswered: boolean, isDurable: boolean) => {
      const taken = holder.take()
      if (taken.length === 0) return
      const answer = owner.deliver(taken)
      holder.lane.returned()
      if (!isAnswered) return
      if (answer === 'hole') {
        if (holder.lane.rewind(owner.cursor)) holder.gaps += 1
        return
      }
      if (isDurable) owner.durable = owner.applied.length
      const durable = owner.applied[owner.durable - 1]
      const durableAt = durable === undefined ? null : { generation: 1, seq: durable }
      const progress = holder.lane.acknowledge(answer, durableAt)
      holder.settle(progress.durable)
      if (durableAt) {
        holder.parking.forget(guildId, durableAt)
        holder.parking.settle()
      }
    }
    const park = () => {
      const released = holder.parking.park([holder.lane])
      if (released) holder.settle(released)
    }
    /** @param isHeldUp other lanes keep the seq to resume from behind what this one has parked */
    const replaceHolder = (isHeldUp: boolean) => {
      holder.parking.close()
      let resumeSeq = 0
      while (settled.has(resumeSeq + 1)) resumeSeq += 1
      if (isHeldUp) resumeSeq = Math.floor(resumeSeq / 2)
      holder = plant(new ModelHolder(settled))
      for (let seq = resumeSeq + 1; seq <= count; seq++) holder.append(seq)
    }
    for (const step of script) {
      if (step === 'append') {
        count += 1
        holder.append(count)
      } else if (step === 'park' || (step === 'shed' && holder.lane.parked)) park()
      else if (step === 'holder-dies' || step === 'holder-dies-held-up')
        replaceHolder(step === 'holder-dies-held-up')
      else if (step === 'owner-falls-back') owner.applied = owner.applied.slice(0, owner.durable)
      else if (step !== 'shed') deliver(step !== 'answer-lost', step !== 'durable-late')
    }
    // An owner that fell back shows it by refusing what comes next.
    count += 1
    holder.append(count)
    for (let tries = 0; tries <= 2 * count + 4; tries++) deliver(true, true)
    holder.parking.settle()
    holder.parking.close()
    expect(holder.gaps).toBe(0)
    expect(owner.applied).toEqual(Array.from({ length: count }, (_, index) => index + 1))
    expect(disk.spans(0)).toEqual([])
  })
}

test('each event is applied exactly once and in order, whatever is parked and whoever dies (I3)', () => {
  const law = exactlyOnce((holder) => holder)
  expect(() => fc.assert(law, { numRuns: 200 })).not.toThrow()
})

/** A holder whose one method does something else. */
function changed(change: (holder: ModelHolder) => void): Plant {
  return (holder) => {
    change(holder)
    return holder
  }
}

const plantedBugs: [string, Plant][] = [
  [
    'keeps the events of a parked lane in memory only',
    changed(({ parking }) => {
      parking.append = () => {}
    }),
  ],
  [
    'settles what it parks before it is on the disk',
    changed((holder) => {
      const append = holder.parking.append.bind(holder.parking)
      holder.parking.append = (lane, event) => {
        holder.settle([event])
        append(lane, event)
      }
    }),
  ],
  [
    'takes new events into memory while older ones lie on the disk',
    changed(({ lane }) => {
      const refill = lane.refill.bind(lane)
      lane.refill = (events) => refill(events, true)
    }),
  ],
  [
    'drops from the disk what is applied and not durable',
    changed(({ lane, parking }) => {
      const acknowledge = lane.acknowledge.bind(lane)
      lane.acknowledge = (applied, durable) => {
        parking.forget(guildId, applied)
        parking.settle()
        return acknowledge(applied, durable)
      }
    }),
  ],
  [
    'never drops what was delivered',
    changed(({ parking }) => {
      parking.forget = () => {}
    }),
  ],
]

test.each(plantedBugs)('the law catches a holder that %s', (_name, plant) => {
  expect(fc.check(exactlyOnce(plant), { numRuns: 400 }).failed).toBe(true)
})
