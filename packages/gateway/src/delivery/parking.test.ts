import { comparePositions, gatewayIdOf, GuildId, type Position } from '@guildmesh/contracts'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { ManualTime } from '@guildmesh/runtime/testing'
import { temporaryVolume } from '../../test/temporary-volume.ts'
import { EventMemory } from './event-memory.ts'
import type { HeldEvent } from './held-event.ts'
import { Lane } from './lane.ts'
import { LaneQueue } from './lane-queue.ts'
import { ParkedMarks } from './parked-marks.ts'
import { Parking } from './parking.ts'
import { ParkingSpace } from './parking-space.ts'
import { SessionProgress } from './session-progress.ts'

const guildId = GuildId.parse('100000000000000001')
const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const limit = { events: 3, size: 1000 }

const temporary = temporaryVolume()
afterAll(() => temporary[Symbol.dispose]())
const disk = temporary.volume.parked
/** Whether writing fails. */
let isDiskFull = false
const park = disk.park.bind(disk)
disk.park = (shardId, events) => {
  if (isDiskFull) throw new Error('disk full')
  return park(shardId, events)
}

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
  | 'time-passes'
  | 'disk-fails-or-works'
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
        'time-passes',
        'disk-fails-or-works',
        'holder-dies',
        'holder-dies-held-up',
      ] as const
    ).map((step) => ({ arbitrary: fc.constant<Step>(step), weight: 1 })),
  ),
  { maxLength: 80, size: 'max' },
)

/** A guild's owner that applies in order, refuses a sequence gap and skips what it has. */
class ModelOwner {
  applied: number[] = []
  durable = 0

  get cursor(): Position | null {
    const last = this.applied.at(-1)
    return last === undefined ? null : { generation: 1, seq: last }
  }

  deliver(events: readonly HeldEvent[]): Position | 'refused' {
    for (const { position, previous } of events) {
      const { cursor } = this
      if (cursor && comparePositions(position, cursor) <= 0) continue
      if (previous && (!cursor || comparePositions(previous, cursor) !== 0)) return 'refused'
      this.applied.push(position.seq)
    }
    const { cursor } = this
    if (!cursor) throw new Error('an empty batch')
    return cursor
  }
}

/** A holder with one lane. What it has in memory dies with it; the seq to resume from, and the disk, do not. */
class ModelHolder {
  losses = 0
  readonly progress: SessionProgress
  readonly memory: EventMemory
  readonly parking: Parking
  readonly lane: Lane

  constructor(resumeSeq: number) {
    const time = new ManualTime()
    this.progress = new SessionProgress({ generation: 1, sessionId: 's', resumeUrl: '', seq: resumeSeq })
    this.memory = new EventMemory({
      progress: this.progress,
      limit: { events: 1e9, size: 1e9 },
      onPressure: () => {},
      onSettled: () => {},
    })
    this.parking = new Parking({
      shardId: 0,
      disk,
      space: new ParkingSpace(disk, 1e9),
      marks: new ParkedMarks(gatewayIdOf(0)),
      memory: this.memory,
      onForgotten: () => {},
      clock: time,
      timers: time,
      log: quiet,
    })
    const [here] = disk.spans(0)
    this.lane = new Lane(guildId, new LaneQueue(here?.through, here !== undefined))
  }

  /** Where a successor resumes. */
  get lowWatermark(): number {
    return this.progress.checkpoint?.seq ?? 0
  }

  append(seq: number): void {
    const position = { generation: 1, seq }
    this.progress.receive(position)
    if (this.lane.events.hasFromBefore(position)) {
      this.memory.skip(position)
      return
    }
    const held = this.lane.events.append({ position, type: 'X', data: seq, size: 10, receivedAtMs: 0 })
    this.memory.hold([held])
    if (this.lane.events.isParked) this.parking.append(this.lane, held)
  }

  next(): readonly HeldEvent[] {
    if (this.lane.events.wantsRefill) this.losses += this.parking.refill(this.lane) ? 1 : 0
    return this.lane.events.next(limit)
  }

  rewind(cursor: Position | null): void {
    const { released, loss } = this.lane.events.rewind(cursor)
    this.memory.settle(released)
    if (loss) this.losses += 1
  }

  acknowledge(applied: Position, durable: Position | null): void {
    this.memory.settle(this.lane.events.acknowledge(applied, durable).durable)
    if (!durable) return
    this.parking.forget(guildId, durable)
    this.parking.settle()
  }
}

type Mutate = (holder: ModelHolder) => void

function start(resumeSeq: number, mutate: Mutate): ModelHolder {
  const holder = new ModelHolder(resumeSeq)
  mutate(holder)
  return holder
}

/** Whatever is parked, read back, lost on the way or dies: the owner applies each event once and in order. */
function exactlyOnce(mutate: Mutate): fc.IProperty<[Step[]]> {
  return fc.property(steps, (script) => {
    disk.forgetShard(0)
    isDiskFull = false
    const owner = new ModelOwner()
    let count = 0
    let holder = start(0, mutate)
    const append = () => {
      count += 1
      holder.append(count)
    }
    const deliver = (isAnswered: boolean, isDurable: boolean) => {
      const sent = holder.next()
      if (sent.length === 0) return
      const answer = owner.deliver(sent)
      if (!isAnswered) return
      if (answer === 'refused') {
        holder.rewind(owner.cursor)
        return
      }
      if (isDurable) owner.durable = owner.applied.length
      const durable = owner.applied[owner.durable - 1]
      holder.acknowledge(answer, durable === undefined ? null : { generation: 1, seq: durable })
    }
    /** @param isHeldUp other lanes keep the seq to resume from before what this one has parked */
    const replaceHolder = (isHeldUp: boolean) => {
      holder.parking.close()
      const resumeSeq = isHeldUp ? Math.floor(holder.lowWatermark / 2) : holder.lowWatermark
      holder = start(resumeSeq, mutate)
      for (let seq = resumeSeq + 1; seq <= count; seq++) holder.append(seq)
    }
    for (const step of script) {
      switch (step) {
        case 'append':
          append()
          break
        case 'park':
          holder.parking.park([holder.lane])
          break
        case 'shed':
          if (holder.lane.events.isParked) holder.parking.park([holder.lane])
          break
        case 'time-passes':
          holder.parking.settle()
          break
        case 'disk-fails-or-works':
          isDiskFull = !isDiskFull
          break
        case 'holder-dies':
        case 'holder-dies-held-up':
          replaceHolder(step === 'holder-dies-held-up')
          break
        case 'owner-falls-back':
          owner.applied = owner.applied.slice(0, owner.durable)
          break
        case 'deliver':
        case 'answer-lost':
        case 'durable-late':
          deliver(step !== 'answer-lost', step !== 'durable-late')
          break
        default:
          step satisfies never
      }
    }
    isDiskFull = false
    // An owner that fell back shows it by refusing what comes next.
    append()
    for (let tries = 0; tries <= 2 * count + 4; tries++) deliver(true, true)
    holder.parking.settle()
    holder.parking.close()
    expect(holder.losses).toBe(0)
    expect(owner.applied).toEqual(Array.from({ length: count }, (_, index) => index + 1))
    expect(disk.spans(0)).toEqual([])
    expect(holder.memory.events).toBe(0)
    expect(holder.lowWatermark).toBe(count)
  })
}

test('each event is applied exactly once and in order, whatever is parked and whoever dies (I3)', () => {
  const law = exactlyOnce(() => {})
  expect(() => fc.assert(law, { numRuns: 200 })).not.toThrow()
})

const mutants: [string, Mutate][] = [
  [
    'keeps the events of a parked lane in memory only',
    ({ parking }) => {
      parking.append = () => {}
    },
  ],
  [
    'settles what it parks before it is on the disk',
    ({ parking, progress }) => {
      const append = parking.append.bind(parking)
      parking.append = (lane, event) => {
        progress.settle(event.position)
        append(lane, event)
      }
    },
  ],
  [
    'takes new events into memory while older ones lie on the disk',
    ({ lane: { events } }) => {
      const refill = events.refill.bind(events)
      events.refill = (read) => refill(read, true)
    },
  ],
  [
    'drops from the disk what is applied and not durable',
    ({ lane: { events }, parking }) => {
      const acknowledge = events.acknowledge.bind(events)
      events.acknowledge = (applied, durable) => {
        parking.forget(guildId, applied)
        parking.settle()
        return acknowledge(applied, durable)
      }
    },
  ],
  [
    'never drops what was delivered',
    ({ parking }) => {
      parking.forget = () => {}
    },
  ],
  [
    'counts copies of parked events for ever when the owner falls back',
    ({ lane: { events } }) => {
      const rewind = events.rewind.bind(events)
      events.rewind = (cursor) => ({ ...rewind(cursor), released: [] })
    },
  ],
]

test.each(mutants)('the law catches a holder that %s', (_name, mutate) => {
  expect(fc.check(exactlyOnce(mutate), { numRuns: 3000, endOnFailure: true }).failed).toBe(true)
})
