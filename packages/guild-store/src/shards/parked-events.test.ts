import { comparePositions, type GuildId, type Position } from '@guildmesh/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { guildA, guildB, temporaryFolder, temporaryStore } from '../../test/temporary-store.ts'
import { openGuildStore } from '../open-guild-store.ts'
import type { ParkedEvent } from './parked-events.ts'

const everything = { events: 1000, size: 1e9 }

function event(guildId: GuildId, position: Position, size = 10): ParkedEvent {
  const { generation, seq } = position
  const previous = seq > 1 ? { generation, seq: seq - 1 } : null
  return { guildId, position, previous, type: 'MESSAGE_CREATE', data: { seq }, size, receivedAt: 5 }
}
const at = (seq: number, generation = 1): Position => ({ generation, seq })

test('parked events come back whole, in the order of their positions, also after the process was restarted', () => {
  using folder = temporaryFolder()
  const path = folder.file('guilds.sqlite3')
  const first = openGuildStore({ path })
  first.shards.parked.park(3, [event(guildA, at(1, 2)), event(guildA, at(9)), event(guildA, at(10))])
  first[Symbol.dispose]()
  using store = openGuildStore({ path })
  expect(store.shards.parked.load(3, guildA, null, everything)).toEqual([
    event(guildA, at(9)),
    event(guildA, at(10)),
    event(guildA, at(1, 2)),
  ])
  expect(store.shards.parked.load(4, guildA, null, everything)).toEqual([])
})

test('pages go over all guilds of a shard, each event once; a page has one event at least and keeps to its limits', () => {
  const world = fc.record({
    events: fc.uniqueArray(
      fc.record({
        guild: fc.boolean(),
        generation: fc.integer({ min: 1, max: 3 }),
        seq: fc.integer({ min: 1, max: 20 }),
      }),
      { selector: ({ guild, generation, seq }) => `${guild} ${generation} ${seq}` },
    ),
    limit: fc.record({ events: fc.integer({ min: 1, max: 7 }), size: fc.integer({ min: 1, max: 50 }) }),
  })
  fc.assert(
    fc.property(world, ({ events, limit }) => {
      using temporary = temporaryStore()
      const { parked } = temporary.store.shards
      const all = events.map(({ guild, generation, seq }) =>
        event(guild ? guildA : guildB, at(seq, generation)),
      )
      parked.park(0, all)
      const read: ParkedEvent[] = []
      for (;;) {
        const page = parked.page(0, read.at(-1) ?? null, limit)
        if (page.length === 0) break
        expect(page.length).toBeLessThanOrEqual(limit.events)
        if (page.length > 1) expect(page.length * 10).toBeLessThanOrEqual(limit.size)
        read.push(...page)
      }
      const sorted = all.toSorted(
        (a, b) => a.guildId.localeCompare(b.guildId) || comparePositions(a.position, b.position),
      )
      expect(read).toEqual(sorted)
    }),
    { numRuns: 30 },
  )
})

test('spans tell the last event, number and size by guild; repeated parking adds nothing', () => {
  using temporary = temporaryStore()
  const { parked } = temporary.store.shards
  const added = parked.park(0, [event(guildA, at(500)), event(guildA, at(2, 2)), event(guildB, at(7), 30)])
  expect(Object.fromEntries(added)).toEqual({
    [guildA]: { events: 2, size: 20 },
    [guildB]: { events: 1, size: 30 },
  })
  const again = parked.park(0, [event(guildA, at(2, 2)), event(guildA, at(3, 2))])
  expect(again.get(guildA)).toEqual({ events: 1, size: 10 })
  parked.park(1, [event(guildB, at(8))])
  expect(parked.spans(0)).toEqual([
    { guildId: guildA, through: at(3, 2), events: 3, size: 30 },
    { guildId: guildB, through: at(7), events: 1, size: 30 },
  ])
  expect(parked.size).toBe(70)
})

test('what is durable at its owner is forgotten, up to and with its position, guild by guild', () => {
  using temporary = temporaryStore()
  const { parked } = temporary.store.shards
  const positions = (guildId: GuildId) =>
    parked.load(0, guildId, null, everything).map(({ position }) => position)
  parked.park(
    0,
    [at(8), at(9), at(1, 2), at(2, 2)].map((position) => event(guildA, position)),
  )
  parked.park(0, [event(guildB, at(8))])
  const freed = parked.forget(0, [{ guildId: guildA, through: at(1, 2) }])
  expect(freed.get(guildA)).toEqual({ events: 3, size: 30 })
  expect(positions(guildA)).toEqual([at(2, 2)])
  expect(positions(guildB)).toEqual([at(8)])
  parked.park(0, [event(guildB, at(9)), event(guildB, at(1, 2))])
  parked.forgetAfter(0, guildB, at(8))
  expect(positions(guildB)).toEqual([at(8)])
  parked.forgetShard(0)
  expect(parked.spans(0)).toEqual([])
})

test('where to resume is kept by shard', () => {
  using temporary = temporaryStore()
  const { sessions } = temporary.store.shards
  const session = { generation: 2, sessionId: 's', resumeUrl: 'wss://resume.invalid', seq: 7 }
  expect(sessions.find(1)).toBeNull()
  sessions.save(1, session)
  sessions.save(1, { ...session, seq: 9 })
  expect(sessions.find(1)).toEqual({ ...session, seq: 9 })
  expect(sessions.find(0)).toBeNull()
  sessions.save(1, null)
  expect(sessions.find(1)).toBeNull()
})
