import fc from 'fast-check'
import { expect, test } from 'vitest'
import { guildA, guildB, temporaryStore } from '../test/temporary-store.ts'
import { put, remove } from './index.ts'

const hourMs = 3_600_000
const span = { from: 2 * hourMs, to: 6 * hourMs }
const message = fc.record({
  authorId: fc.constantFrom('u1', 'u2', 'u3'),
  channelId: fc.constantFrom('c1', 'c2'),
  characters: fc.integer({ min: 0, max: 50 }),
  words: fc.integer({ min: 0, max: 9 }),
  reactions: fc.integer({ min: 0, max: 3 }),
  sentAt: fc.integer({ min: 0, max: 8 * hourMs }),
})

test('sums over a span are those of the messages sent in it, of this guild only', () => {
  using temporary = temporaryStore()
  const { store } = temporary
  fc.assert(
    fc.property(fc.array(message, { maxLength: 30 }), (messages) => {
      const rows = messages.map((one, index) =>
        put('messageStats', { ...one, messageId: String(index), codeBlocks: [], links: [] }),
      )
      store.transact([
        { guildId: guildA, epoch: 1, run: (writer) => writer.apply([remove('messageStats', {}), ...rows]) },
        {
          guildId: guildB,
          epoch: 1,
          run: (writer) => writer.apply([remove('messageStats', {}), ...rows, ...rows]),
        },
      ])
      const inside = messages.filter((one) => one.sentAt >= span.from && one.sentAt < span.to)
      const total = (of: 'characters' | 'words' | 'reactions') =>
        inside.reduce((sum, one) => sum + one[of], 0)
      const found = store.read(guildA, 1, ({ activity }) => ({
        totals: activity.totals(guildA, span),
        hours: activity.intervals(guildA, span, hourMs),
        top: activity.topMembers(guildA, span, 2),
      }))
      if (found.kind !== 'done') throw new Error('the read was refused')
      expect(found.value.totals).toEqual({
        messages: inside.length,
        members: new Set(inside.map((one) => one.authorId)).size,
        channels: new Set(inside.map((one) => one.channelId)).size,
        characters: total('characters'),
        words: total('words'),
        reactions: total('reactions'),
      })
      const byHour = Map.groupBy(inside, (one) => Math.floor(one.sentAt / hourMs))
      expect(new Map(found.value.hours.map((hour) => [hour.interval, hour.messages]))).toEqual(
        new Map([...byHour].map(([hour, group]) => [hour, group.length])),
      )
      const counts = [...Map.groupBy(inside, (one) => one.authorId)].map(([userId, group]) => ({
        userId,
        messages: group.length,
      }))
      const ranked = counts.toSorted((a, b) => b.messages - a.messages || a.userId.localeCompare(b.userId))
      expect(found.value.top).toEqual(ranked.slice(0, 2))
    }),
    { numRuns: 40 },
  )
})
