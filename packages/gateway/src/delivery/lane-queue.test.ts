import { comparePositions, type Position } from '@guildmesh/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { HeldEvent, ReceivedEvent } from './held-event.ts'
import { LaneQueue } from './lane-queue.ts'

const limit = { events: 8, size: 1000 }

function event(seq: number, generation = 1): ReceivedEvent {
  return { position: { generation, seq }, type: 'MESSAGE_CREATE', data: seq, size: 10, receivedAtMs: 0 }
}

/** An owner as docs/architecture.md has it: applies in order, refuses a sequence gap, skips what it has. */
class ModelOwner {
  cursor: Position | null = null
  #applied: { readonly position: Position; readonly data: unknown }[] = []
  #durable = 0

  get applied(): unknown[] {
    return this.#applied.map(({ data }) => data)
  }

  deliver(events: readonly HeldEvent[]): { applied: Position } | { refusedAt: Position | null } {
    for (const { position, previous, data } of events) {
      if (this.cursor && comparePositions(position, this.cursor) <= 0) continue
      if (previous && (!this.cursor || comparePositions(previous, this.cursor) !== 0)) {
        return { refusedAt: this.cursor }
      }
      this.#applied.push({ position, data })
      this.cursor = position
    }
    if (!this.cursor) throw new Error('an empty batch')
    return { applied: this.cursor }
  }

  /** Everything that is applied survives the loss of its disk from now on. @returns up to where */
  makeDurable(): Position | null {
    this.#durable = this.#applied.length
    return this.cursor
  }

  /** Its disk is lost: it has only what was durable. */
  fallBack(): void {
    this.#applied = this.#applied.slice(0, this.#durable)
    this.cursor = this.#applied.at(-1)?.position ?? null
  }
}

const stepNames = [
  'append',
  'append',
  'deliver',
  'deliver-answer-lost',
  'request-lost',
  'durable-late',
  'owner-falls-back',
  'new-session',
] as const
type Step = (typeof stepNames)[number]
const steps: fc.Arbitrary<Step[]> = fc.array(fc.constantFrom(...stepNames), { maxLength: 120, size: 'max' })

type QueueLike = Pick<LaneQueue, 'append' | 'next' | 'acknowledge' | 'rewind'>

/** Whatever is lost on the way, the owner applies each event once and in order, and the queue is empty in the end. */
function exactlyOnce(mutate: (queue: LaneQueue) => QueueLike): fc.IProperty<[Step[]]> {
  return fc.property(steps, (script) => {
    const real = new LaneQueue()
    const queue = mutate(real)
    const owner = new ModelOwner()
    const last = { generation: 1, seq: 0 }
    let count = 0
    const append = () => {
      last.seq += 1
      count += 1
      queue.append({ ...event(last.seq, last.generation), data: count })
    }
    const deliver = (isAnswered: boolean, isDurable: boolean) => {
      const sent = queue.next(limit)
      if (sent.length === 0) return
      const answer = owner.deliver(sent)
      if (!isAnswered) return
      if ('refusedAt' in answer) expect(queue.rewind(answer.refusedAt).loss).toBeNull()
      else queue.acknowledge(answer.applied, isDurable ? owner.makeDurable() : null)
    }
    for (const step of script) {
      switch (step) {
        case 'append':
          append()
          break
        case 'new-session':
          last.generation += 1
          last.seq = 0
          break
        case 'request-lost':
          queue.next(limit)
          break
        case 'owner-falls-back':
          owner.fallBack()
          break
        case 'deliver':
        case 'deliver-answer-lost':
        case 'durable-late':
          deliver(step !== 'deliver-answer-lost', step !== 'durable-late')
          break
        default:
          step satisfies never
      }
    }
    // An owner that fell back shows it by refusing what comes next.
    append()
    for (let tries = 0; tries <= count + 1; tries++) deliver(true, true)
    expect(owner.applied).toEqual(Array.from({ length: count }, (_, index) => index + 1))
    expect(real.held).toEqual([])
  })
}

test('each event is applied exactly once and in order, whatever requests and answers are lost (I3)', () => {
  expect(() => fc.assert(exactlyOnce((queue) => queue))).not.toThrow()
})

const bound = (queue: LaneQueue): QueueLike => ({
  append: (received) => queue.append(received),
  next: (most) => queue.next(most),
  acknowledge: (applied, durable) => queue.acknowledge(applied, durable),
  rewind: (cursor) => queue.rewind(cursor),
})

const mutants: [string, (queue: LaneQueue) => QueueLike][] = [
  [
    'forgets a batch that was sent, before it is acknowledged',
    (queue) => ({
      ...bound(queue),
      next(most) {
        const sent = queue.next(most)
        const last = sent.at(-1)
        if (last) queue.acknowledge(last.position, last.position)
        return sent
      },
    }),
  ],
  [
    'drops an event now and then',
    (queue) => ({
      ...bound(queue),
      append(received) {
        return received.position.seq % 7 === 3 ? { ...received, previous: null } : queue.append(received)
      },
    }),
  ],
  [
    'sends a batch backwards',
    (queue) => ({ ...bound(queue), next: (most) => queue.next(most).toReversed() }),
  ],
  [
    'never forgets what is durable',
    (queue) => ({ ...bound(queue), acknowledge: (applied) => queue.acknowledge(applied, null) }),
  ],
  [
    'goes on after what was refused, and not after the cursor of the owner',
    (queue) => ({ ...bound(queue), rewind: () => ({ released: [], loss: null }) }),
  ],
]

test.each(mutants)('the law catches a queue that %s', (_name, mutate) => {
  expect(fc.check(exactlyOnce(mutate), { numRuns: 3000, endOnFailure: true }).failed).toBe(true)
})

function queueOf(...seqs: number[]): LaneQueue {
  const queue = new LaneQueue()
  for (const seq of seqs) queue.append(event(seq))
  return queue
}

test('an event names the one before it, also across a batch, an acknowledgement and a new session', () => {
  const queue = queueOf(3, 5)
  expect(queue.next({ events: 1, size: 1 }).map(({ previous }) => previous)).toEqual([null])
  queue.acknowledge({ generation: 1, seq: 5 }, { generation: 1, seq: 5 })
  queue.append(event(1, 2))
  expect(queue.next(limit).map(({ previous }) => previous)).toEqual([{ generation: 1, seq: 5 }])
})

test('a batch keeps to the size limit, but an event beyond it still goes alone', () => {
  const queue = queueOf(1, 2, 3)
  expect(queue.next({ events: 8, size: 25 })).toHaveLength(2)
  expect(queue.next({ events: 8, size: 1 })).toHaveLength(1)
})

test('applied is not durable: the event is kept, and not sent again', () => {
  const queue = queueOf(1, 2)
  queue.next(limit)
  const progress = queue.acknowledge({ generation: 1, seq: 2 }, { generation: 1, seq: 1 })
  expect(progress.applied.map(({ position }) => position.seq)).toEqual([1, 2])
  expect(progress.durable.map(({ position }) => position.seq)).toEqual([1])
  expect(queue.held).toHaveLength(1)
  expect(queue.hasMore).toBe(false)
})

test('an owner that fell back, not further than what is held, gets everything after its cursor', () => {
  const queue = queueOf(1, 2, 3)
  queue.next(limit)
  queue.acknowledge({ generation: 1, seq: 3 }, null)
  expect(queue.rewind({ generation: 1, seq: 1 }).loss).toBeNull()
  expect(queue.next(limit).map(({ position }) => position.seq)).toEqual([2, 3])
})

test('an owner that fell back to before what was forgotten makes a data loss, which is told, and the lane goes on', () => {
  const queue = queueOf(1, 2)
  queue.next(limit)
  queue.acknowledge({ generation: 1, seq: 2 }, { generation: 1, seq: 2 })
  queue.append(event(3))
  expect(queue.rewind({ generation: 1, seq: 1 }).loss).toEqual({
    after: { generation: 1, seq: 1 },
    before: { generation: 1, seq: 3 },
  })
  const [afterLoss] = queue.next(limit)
  expect(afterLoss).toMatchObject({
    previous: { generation: 1, seq: 1 },
    loss: { after: { generation: 1, seq: 1 } },
  })
})

/** The queue of a lane whose owner lacks event 2, which is forgotten; event 3 comes after the loss. */
function queueAfterLoss(): LaneQueue {
  const queue = queueOf(1, 2)
  queue.next(limit)
  queue.acknowledge({ generation: 1, seq: 2 }, { generation: 1, seq: 2 })
  queue.append(event(3))
  queue.rewind({ generation: 1, seq: 1 })
  return queue
}

test('a loss outlasts the disk, which does not know of it: the owner refuses, and it is told again', () => {
  const queue = queueAfterLoss()
  const onDisk = queue.held.map((held) => ({ ...event(held.position.seq), previous: held.previous }))
  queue.park()
  expect(queue.refill(onDisk, true)).toBeNull()
  const owner = new ModelOwner()
  owner.cursor = { generation: 1, seq: 1 }
  expect(owner.deliver(queue.next(limit))).toEqual({ refusedAt: owner.cursor })
  expect(queue.rewind(owner.cursor).loss).toEqual({ after: owner.cursor, before: { generation: 1, seq: 3 } })
  expect(queue.next(limit)[0]).toMatchObject({ loss: { after: owner.cursor }, previous: owner.cursor })
})

test('an owner that has what the one before it lacked is told of no loss', () => {
  const queue = queueAfterLoss()
  expect(queue.rewind({ generation: 1, seq: 2 }).loss).toBeNull()
  const [sent] = queue.next(limit)
  expect(sent?.previous).toEqual({ generation: 1, seq: 2 })
  expect(sent?.loss).toBeUndefined()
})

test('a parked lane that is rewound tells which copies memory let go of, and of a loss when it is read again', () => {
  const queue = queueOf(1, 2)
  queue.next(limit)
  queue.acknowledge({ generation: 1, seq: 2 }, { generation: 1, seq: 2 })
  for (const seq of [3, 4]) queue.append(event(seq))
  const onDisk = [...queue.held]
  expect(queue.park()).toEqual(onDisk)
  queue.refill(onDisk.slice(0, 1), false)
  expect(queue.rewind({ generation: 1, seq: 1 })).toEqual({ released: onDisk.slice(0, 1), loss: null })
  expect(queue.readAfter).toEqual({ generation: 1, seq: 1 })
  expect(queue.refill(onDisk, true)).toEqual({
    after: { generation: 1, seq: 1 },
    before: { generation: 1, seq: 3 },
  })
})
