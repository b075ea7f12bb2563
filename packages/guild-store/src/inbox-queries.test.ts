import { expect, test } from 'vitest'
import { guildA, guildB, temporaryStore } from '../test/temporary-store.ts'
import { insert, remove } from './index.ts'

const event = (generation: number, seq: number) =>
  insert('mountedInbox', { generation, seq, kind: 'dispatch', type: 'TYPING_START', payload: { seq } })

test('events come out of the inbox in the order of their positions, from any position on, a guild by itself', () => {
  using temporary = temporaryStore()
  const { store } = temporary
  store.transact([
    { guildId: guildA, epoch: 1, run: (writer) => writer.apply([event(2, 1), event(1, 10), event(1, 9)]) },
    { guildId: guildB, epoch: 1, run: (writer) => writer.apply([event(1, 1)]) },
  ])
  const positions = (after: { generation: number; seq: number } | null, limit = 10) =>
    store.inbox.after(guildA, after, limit).map(({ position }) => [position.generation, position.seq])
  expect(positions(null)).toEqual([
    [1, 9],
    [1, 10],
    [2, 1],
  ])
  expect(positions({ generation: 1, seq: 9 }, 1)).toEqual([[1, 10]])
  expect(store.inbox.after(guildA, { generation: 1, seq: 10 }, 1)).toEqual([
    { position: { generation: 2, seq: 1 }, kind: 'dispatch', type: 'TYPING_START', data: { seq: 1 } },
  ])
  expect(store.inbox.depth()).toBe(4)
  expect(new Set(store.inbox.guilds())).toEqual(new Set([guildA, guildB]))
})

test('what waits for a guild that is no longer served here is counted and not handed out', () => {
  using temporary = temporaryStore()
  const { store } = temporary
  store.transact([{ guildId: guildA, epoch: 1, run: (writer) => writer.apply([event(1, 1), event(1, 2)]) }])
  store.transact([
    {
      guildId: guildA,
      epoch: 1,
      run: (writer) => writer.apply([remove('mountedInbox', { generation: 1, seq: 1 })]),
    },
  ])
  store.ownership.reconcile([], 1)
  expect(store.inbox.after(guildA, null, 10)).toEqual([])
  expect(store.inbox.guilds()).toEqual([])
  expect(store.inbox.depth()).toBe(1)
})
