import { comparePositions, GuildId, type Position } from '@guildmesh/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type HeldEvent, Lane } from './lane.ts'

const guildId = GuildId.parse('100000000000000001')
const limit = { events: 8, size: 1000 }

function event(seq: number, generation = 1): Omit<HeldEvent, 'previous'> {
  return { position: { generation, seq }, type: 'MESSAGE_CREATE', data: seq, size: 10, receivedAtMs: 0 }
}

/** An owner as architecture.md has it: applies in order, refuses holes, skips what it has. */
class ModelOwner {
  cursor: Position | null = null
  readonly applied: number[] = []

  deliver(events: readonly HeldEvent[]): { applied: Position } | { hole: Position | null } {
    for (const { position, previous, data } of events) {
      if (this.cursor && comparePositions(position, this.cursor) <= 0) continue
      if (previous && (!this.cursor || comparePositions(previous, this.cursor) !== 0)) {
        return { hole: this.cursor }
      }
      this.applied.push(Number(data))
      this.cursor = position
    }
    if (!this.cursor) throw new Error('an empty batch')
    return { applied: this.cursor }
  }
}

type Step = 'append' | 'deliver' | 'deliver-answer-lost' | 'request-lost' | 'durable-late' | 'new-session'
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.constantFrom<Step>(
    'append',
    'append',
    'deliver',
    'deliver-answer-lost',
    'request-lost',
    'durable-late',
    'new-session',
  ),
  { maxLength: 120, size: 'max' },
)

interface LaneLike {
  append: Lane['append']
  take: Lane['take']
  returned: Lane['returned']
  acknowledge: Lane['acknowledge']
  rewind: Lane['rewind']
}

/** Whatever is lost on the way, the owner applies each event once and in order, and the lane empties in the end. */
function exactlyOnce(plant: (lane: Lane) => LaneLike): fc.IProperty<[Step[]]> {
  return fc.property(steps, (script) => {
    const real = new Lane(guildId)
    const lane = plant(real)
    const owner = new ModelOwner()
    let seq = 0
    let generation = 1
    let count = 0
    const deliver = (answered: boolean, durable: boolean) => {
      const taken = lane.take(limit)
      if (taken.length === 0) return
      const answer = owner.deliver(taken)
      lane.returned()
      if (!answered) return
      if ('hole' in answer) expect(lane.rewind(answer.hole)).toBeNull()
      else lane.acknowledge(answer.applied, durable ? answer.applied : null)
    }
    for (const step of script) {
      if (step === 'append') {
        seq += 1
        count += 1
        lane.append({ ...event(seq, generation), data: count })
      } else if (step === 'new-session') {
        generation += 1
        seq = 0
      } else if (step === 'request-lost') {
        if (lane.take(limit).length > 0) lane.returned()
      } else deliver(step !== 'deliver-answer-lost', step !== 'durable-late')
    }
    for (let tries = 0; tries <= count; tries++) deliver(true, true)
    if (owner.cursor) lane.acknowledge(owner.cursor, owner.cursor)
    expect(owner.applied).toEqual(Array.from({ length: count }, (_, index) => index + 1))
    expect(real.depth).toBe(0)
  })
}

test('each event is applied exactly once and in order, whatever requests and answers are lost (I3)', () => {
  expect(() => fc.assert(exactlyOnce((lane) => lane))).not.toThrow()
})

const bound = (lane: Lane): LaneLike => ({
  append: (next) => lane.append(next),
  take: (most) => lane.take(most),
  returned: () => lane.returned(),
  acknowledge: (applied, durable) => lane.acknowledge(applied, durable),
  rewind: (cursor) => lane.rewind(cursor),
})

const plantedBugs: [string, (lane: Lane) => LaneLike][] = [
  [
    'forgets a batch that was sent, before it is acknowledged',
    (lane) => ({
      ...bound(lane),
      take(most) {
        const taken = lane.take(most)
        const last = taken.at(-1)
        if (last) lane.acknowledge(last.position, last.position)
        return taken
      },
    }),
  ],
  [
    'drops an event now and then',
    (lane) => ({
      ...bound(lane),
      append(next) {
        return next.position.seq % 7 === 3 ? { ...next, previous: null } : lane.append(next)
      },
    }),
  ],
  ['sends a batch backwards', (lane) => ({ ...bound(lane), take: (most) => lane.take(most).toReversed() })],
  [
    'never forgets what is durable',
    (lane) => ({ ...bound(lane), acknowledge: (applied) => lane.acknowledge(applied, null) }),
  ],
]

test.each(plantedBugs)('the law catches a lane that %s', (_name, plant) => {
  expect(fc.check(exactlyOnce(plant), { numRuns: 300 }).failed).toBe(true)
})

function laneOf(...seqs: number[]): Lane {
  const lane = new Lane(guildId)
  for (const seq of seqs) lane.append(event(seq))
  return lane
}

test('an event names the one before it, also across a batch, an acknowledgement and a new session', () => {
  const lane = laneOf(3, 5)
  expect(lane.take({ events: 1, size: 1 }).map(({ previous }) => previous)).toEqual([null])
  lane.returned()
  lane.acknowledge({ generation: 1, seq: 5 }, { generation: 1, seq: 5 })
  lane.append(event(1, 2))
  expect(lane.take(limit).map(({ previous }) => previous)).toEqual([{ generation: 1, seq: 5 }])
})

test('one batch is under way at a time', () => {
  const lane = laneOf(1, 2, 3)
  expect(lane.take({ events: 2, size: 1000 })).toHaveLength(2)
  expect(lane.sendable).toBe(false)
  expect(lane.take(limit)).toEqual([])
  lane.returned()
  expect(lane.sendable).toBe(true)
})

test('a batch keeps to the size limit, but an event beyond it still goes alone', () => {
  const lane = laneOf(1, 2, 3)
  expect(lane.take({ events: 8, size: 25 })).toHaveLength(2)
  lane.returned()
  expect(lane.take({ events: 8, size: 1 })).toHaveLength(1)
})

test('applied is not durable: the event is kept, and not sent again', () => {
  const lane = laneOf(1, 2)
  lane.take(limit)
  lane.returned()
  const progress = lane.acknowledge({ generation: 1, seq: 2 }, { generation: 1, seq: 1 })
  expect(progress.applied.map(({ position }) => position.seq)).toEqual([1, 2])
  expect(progress.durable.map(({ position }) => position.seq)).toEqual([1])
  expect(lane.depth).toBe(1)
  expect(lane.sendable).toBe(false)
})

test('an owner that fell back behind what is held gets everything after its cursor', () => {
  const lane = laneOf(1, 2, 3)
  lane.take(limit)
  lane.returned()
  lane.acknowledge({ generation: 1, seq: 3 }, null)
  expect(lane.rewind({ generation: 1, seq: 1 })).toBeNull()
  expect(lane.take(limit).map(({ position }) => position.seq)).toEqual([2, 3])
})

test('an owner that fell back behind what was forgotten makes a gap, which is told, and the lane goes on', () => {
  const lane = laneOf(1, 2)
  lane.take(limit)
  lane.returned()
  lane.acknowledge({ generation: 1, seq: 2 }, { generation: 1, seq: 2 })
  lane.append(event(3))
  expect(lane.rewind({ generation: 1, seq: 1 })).toEqual({
    after: { generation: 1, seq: 1 },
    before: { generation: 1, seq: 3 },
  })
  const [behind] = lane.take(limit)
  expect(behind).toMatchObject({
    previous: { generation: 1, seq: 1 },
    gap: { after: { generation: 1, seq: 1 } },
  })
})

/** A lane whose owner lacks event 2, which is forgotten; event 3 is behind the gap. */
function laneBehindGap(): Lane {
  const lane = laneOf(1, 2)
  lane.take(limit)
  lane.returned()
  lane.acknowledge({ generation: 1, seq: 2 }, { generation: 1, seq: 2 })
  lane.append(event(3))
  lane.rewind({ generation: 1, seq: 1 })
  return lane
}

test('a gap outlasts the disk, which does not know of it: the owner refuses, and it is told again', () => {
  const lane = laneBehindGap()
  const onDisk = lane.held.map((held) => ({ ...event(held.position.seq), previous: held.previous }))
  lane.park()
  expect(lane.refill(onDisk, true)).toBeNull()
  const owner = new ModelOwner()
  owner.cursor = { generation: 1, seq: 1 }
  expect(owner.deliver(lane.take(limit))).toEqual({ hole: owner.cursor })
  lane.returned()
  expect(lane.rewind(owner.cursor)).toEqual({ after: owner.cursor, before: { generation: 1, seq: 3 } })
  expect(lane.take(limit)[0]).toMatchObject({ gap: { after: owner.cursor }, previous: owner.cursor })
})

test('an owner that has what the one before it lacked is told of no gap', () => {
  const lane = laneBehindGap()
  expect(lane.rewind({ generation: 1, seq: 2 })).toBeNull()
  const [sent] = lane.take(limit)
  expect(sent?.previous).toEqual({ generation: 1, seq: 2 })
  expect(sent?.gap).toBeUndefined()
})
