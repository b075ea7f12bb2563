import { comparePositions, GuildId, type LaneEvent, type Position } from '@guildmesh/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decideLane, type LaneCursor } from './decide-lane.ts'

const guildId = GuildId.parse('100000000000000001')
const shard = { shardId: 0, shardCount: 1, shardEpoch: 3 }

/** A guild's stream as Discord sent it: positions rise, over several sessions, with other guilds' events between. */
const stream: fc.Arbitrary<readonly LaneEvent[]> = fc
  .array(fc.record({ gap: fc.integer({ min: 1, max: 3 }), newSession: fc.boolean() }), {
    minLength: 1,
    maxLength: 12,
  })
  .map((steps) => {
    const events: LaneEvent[] = []
    let generation = 1
    let seq = 0
    for (const { gap, newSession } of steps) {
      if (newSession) {
        generation += 1
        seq = 0
      }
      seq += gap
      const previous = events.at(-1)?.position ?? null
      events.push({ position: { generation, seq }, previous, type: 'X', data: {}, heldMs: 0 })
    }
    return events
  })

/** Pieces of the stream as holders may send them: repeated, overlapping, in any order, from anywhere. */
const deliveries = fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { maxLength: 30 })

type Decide = typeof decideLane

/** Delivers pieces to a decision and then, as a holder does in the end, everything; gives what was applied. */
function applied(
  decide: Decide,
  events: readonly LaneEvent[],
  pieces: readonly (readonly [number, number])[],
) {
  const result: Position[] = []
  let cursor: LaneCursor | null = null
  const all: [number, number] = [0, events.length]
  for (const [from, length] of [...pieces, all]) {
    const piece = events.slice(from, from + length)
    if (piece.length === 0) continue
    const decision = decide(guildId, cursor, shard, piece)
    if (decision.kind === 'refuse') continue
    for (const event of decision.events) {
      result.push(event.position)
      cursor = { position: event.position, ...shard }
    }
  }
  return result
}

function exactlyOnceInOrder(decide: Decide): void {
  fc.assert(
    fc.property(stream, deliveries, (events, pieces) => {
      expect(applied(decide, events, pieces)).toEqual(events.map((event) => event.position))
    }),
    { seed: 7, numRuns: 300 },
  )
}

test('I3: whatever pieces are delivered, each event is applied once and in order', () => {
  expect(() => exactlyOnceInOrder(decideLane)).not.toThrow()
})

const applyAll: Decide = (_guildId, _cursor, _shard, events) => ({
  kind: 'apply',
  events,
  duplicates: 0,
})

test.each<[string, Decide]>([
  ['applies duplicates', applyAll],
  [
    'lets sequence gaps pass',
    (guild, cursor, lease, events) =>
      applyAll(
        guild,
        cursor,
        lease,
        events.filter((event) => !cursor || comparePositions(event.position, cursor.position) > 0),
      ),
  ],
  [
    'forgets the generation',
    (guild, cursor, lease, events) =>
      applyAll(
        guild,
        cursor,
        lease,
        events.filter((event) => !cursor || event.position.seq > cursor.position.seq),
      ),
  ],
  [
    'takes the event at the cursor for a new one',
    (guild, cursor, lease, events) => {
      const [first] = events
      const again = cursor && first && comparePositions(first.position, cursor.position) === 0
      return again ? applyAll(guild, cursor, lease, events) : decideLane(guild, cursor, lease, events)
    },
  ],
])('a decision that %s is caught', (_bug, mutant) => {
  expect(() => exactlyOnceInOrder(mutant)).toThrow(/Property failed/)
})

test('a sequence gap is refused with the cursor to send from', () => {
  const at = { generation: 1, seq: 4 }
  const event: LaneEvent = {
    position: { generation: 1, seq: 9 },
    previous: { generation: 1, seq: 7 },
    type: 'X',
    data: {},
    heldMs: 0,
  }
  expect(decideLane(guildId, { position: at, ...shard }, shard, [event])).toEqual({
    kind: 'refuse',
    failure: { kind: 'SequenceGap', guildId, cursor: at },
  })
  expect(decideLane(guildId, null, shard, [event])).toEqual({
    kind: 'refuse',
    failure: { kind: 'SequenceGap', guildId, cursor: null },
  })
})

test('a holder of an earlier lease of the shard is refused; of another shard or sharding it is not', () => {
  const event: LaneEvent = {
    position: { generation: 2, seq: 1 },
    previous: null,
    type: 'X',
    data: {},
    heldMs: 0,
  }
  const cursor = { position: { generation: 1, seq: 1 }, ...shard }
  expect(decideLane(guildId, cursor, { ...shard, shardEpoch: 2 }, [event])).toEqual({
    kind: 'refuse',
    failure: { kind: 'StaleEpoch', offered: 2, current: 3 },
  })
  expect(decideLane(guildId, cursor, { shardId: 0, shardCount: 2, shardEpoch: 1 }, [event]).kind).toBe(
    'apply',
  )
})
