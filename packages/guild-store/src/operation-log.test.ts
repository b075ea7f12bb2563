import fc from 'fast-check'
import { expect, test } from 'vitest'
import { guildA, guildB, temporaryStore } from '../test/temporary-store.ts'
import type { GuildStore, RowChange } from './index.ts'
import { put, remove, update } from './index.ts'

const channel = (channelId: string, name: string) => ({
  channelId,
  name,
  type: 0,
  position: 0,
  parentId: null,
  lastMessageId: null,
  payload: { name },
})
const write = (store: GuildStore, guildId: typeof guildA, changes: RowChange[]) =>
  store.transact([{ guildId, epoch: 1, run: (writer) => writer.apply(changes) }])

const change: fc.Arbitrary<RowChange> = fc.oneof(
  fc
    .tuple(fc.constantFrom('1', '2', '3'), fc.string())
    .map(([id, name]) => put('documentChannels', channel(id, name))),
  fc.constantFrom('1', '2', '3').map((channelId) => remove('documentChannels', { channelId })),
  fc.string().map((name) => update('documentChannels', { type: 0 }, { name })),
)

test('a copy that follows the log ends with the same rows, whatever was written meanwhile', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 10 }), fc.array(change, { maxLength: 20 }), (before, after) => {
      using temporary = temporaryStore()
      const { store } = temporary
      write(store, guildA, before)
      const from = store.operations.follow(guildA)
      const copy = new Map(rowsOf(store).map((row) => [row.channelId, row.name]))
      for (const one of after) write(store, guildA, [one])
      for (const operation of store.operations.after(guildA, from, 1000)) {
        const id = String(operation.row['channel_id'])
        if (operation.table !== 'document_channels') continue
        if (operation.operation === 'delete') copy.delete(id)
        else copy.set(id, String(operation.row['name']))
      }
      expect(copy).toEqual(new Map(rowsOf(store).map((row) => [row.channelId, row.name])))
    }),
    { numRuns: 25 },
  )
})

test('numbers rise without a gap, per guild, and do not start over after the follower has left', () => {
  using temporary = temporaryStore()
  const { store } = temporary
  write(store, guildA, [put('documentChannels', channel('1', 'unfollowed'))])
  store.operations.follow(guildA)
  store.operations.follow(guildB)
  write(store, guildA, [
    put('documentChannels', channel('1', 'a')),
    put('documentChannels', channel('2', 'b')),
  ])
  write(store, guildB, [put('documentChannels', channel('1', 'c'))])
  expect(store.operations.after(guildA, 0, 10).map((one) => one.seq)).toEqual([1, 2])
  store.operations.unfollow(guildA)
  write(store, guildA, [put('documentChannels', channel('1', 'unfollowed'))])
  expect(store.operations.after(guildA, 0, 10)).toEqual([])
  expect(store.operations.follow(guildA)).toBe(2)
})

test('a change that was undone is not in the log', () => {
  using temporary = temporaryStore()
  const { store } = temporary
  store.operations.follow(guildA)
  store.transact([
    {
      guildId: guildA,
      epoch: 1,
      run(writer) {
        writer.apply([put('documentChannels', channel('1', 'a'))])
        throw new Error('poison')
      },
    },
  ])
  expect(store.operations.after(guildA, 0, 10)).toEqual([])
})

function rowsOf(store: GuildStore) {
  const outcome = store.read(guildA, null, ({ rows }) =>
    rows.list('documentChannels', {}, { orderBy: 'channelId' }),
  )
  if (outcome.kind !== 'done') throw new Error('the read was refused')
  return outcome.value
}
