import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decideBackfill } from './decide-backfill.ts'

const id = (n: number) => String(500000000000000000n + BigInt(n))
const stored = (n: number, last: number | null) => ({
  channelId: id(n),
  lastMessageId: last === null ? null : id(last),
})
const seen = (n: number, last: number | null) => ({
  id: id(n),
  last_message_id: last === null ? null : id(last),
})

test('only channels that moved on are read, from the message that was known last', () => {
  expect(decideBackfill([stored(1, 50), stored(2, 60)], [seen(1, 70), seen(2, 60)])).toEqual([
    { channelId: id(1), after: id(50), through: id(70) },
  ])
})

test('a channel of which no message was known is read from the latest message known of the guild', () => {
  const channels = [seen(1, 50), seen(2, 80), seen(3, 90), seen(4, 40), { id: id(5) }]
  expect(decideBackfill([stored(1, 50), stored(2, null)], channels)).toEqual([
    { channelId: id(2), after: id(50), through: id(80) },
    { channelId: id(3), after: id(50), through: id(90) },
  ])
})

test('a hidden channel is not read, whatever Discord says of its messages', () => {
  const hidden = { ...seen(1, 90), flags: 1 << 17 }
  expect(decideBackfill([stored(1, 50)], [hidden])).toEqual([])
  expect(decideBackfill([stored(1, 50)], [{ ...hidden, flags: 0 }])).toHaveLength(1)
})

test('ids are compared as numbers, whatever their length', () => {
  const channel = { channelId: '1', lastMessageId: '99999999999999999' }
  expect(decideBackfill([channel], [{ id: '1', last_message_id: '100000000000000000' }])).toHaveLength(1)
})

test('every message of a gap lies in what is read, and none that was known in its channel', () => {
  const world = fc.record({
    known: fc.array(fc.record({ channel: fc.nat(4), message: fc.nat(1000) })),
    missed: fc.array(fc.record({ channel: fc.nat(6), message: fc.nat(1000) })),
  })
  fc.assert(
    fc.property(world, ({ known, missed }) => {
      // Message ids rise with time, so all of the gap are later than all that were known.
      const later = missed.map(({ channel, message }) => ({ channel, message: message + 2000 }))
      const last = (messages: typeof known, channel: number) => {
        const ids = messages.filter((one) => one.channel === channel).map(({ message }) => message)
        return ids.length === 0 ? null : Math.max(...ids)
      }
      const found = decideBackfill(
        [0, 1, 2, 3, 4].map((channel) => stored(channel, last(known, channel))),
        [0, 1, 2, 3, 4, 5, 6].map((channel) => seen(channel, last([...known, ...later], channel))),
      )
      const covers = (channel: number, message: number) =>
        found.some(
          ({ channelId, after, through }) =>
            channelId === id(channel) &&
            BigInt(id(message)) > BigInt(after) &&
            BigInt(id(message)) <= BigInt(through),
        )
      for (const { channel, message } of later) expect(covers(channel, message)).toBe(true)
      for (const { channel, message } of known) expect(covers(channel, message)).toBe(false)
    }),
  )
})
