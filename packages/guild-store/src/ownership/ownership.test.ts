import { expect, test } from 'vitest'
import { guildA, guildB, temporaryStore } from '../../test/temporary-store.ts'
import { put } from '../row-change.ts'

const fence = { guildId: guildA, epoch: 1, moveId: '6f1c2f66-57a5-4a6b-8a53-4a5a1f7f0b11' }
const otherMove = { ...fence, moveId: '6f1c2f66-57a5-4a6b-8a53-4a5a1f7f0b12' }

test('a guild without data is fenced for one move, which may ask again', () => {
  using temporary = temporaryStore()
  const { store } = temporary
  expect(store.ownership.fenceEmpty(fence, 1)).toEqual({ kind: 'fenced' })
  expect(store.ownership.fenceEmpty(fence, 2)).toEqual({ kind: 'fenced' })
  expect(store.ownership.fenceEmpty(otherMove, 3)).toEqual({
    kind: 'refused',
    refusal: { kind: 'GuildFenced' },
  })
  const [outcome] = store.transact([{ guildId: guildA, epoch: 1, run: () => 'written' }])
  expect(outcome).toEqual({ kind: 'refused', refusal: { kind: 'GuildFenced' } })
})

test('the same move lifts its fence; another one does not', () => {
  using temporary = temporaryStore()
  const { ownership, ...store } = temporary.store
  ownership.fenceEmpty(fence, 1)
  expect(ownership.reclaim(otherMove, 2)).toEqual({ kind: 'GuildFenced' })
  expect(ownership.reclaim(fence, 2)).toBeNull()
  expect(ownership.reclaim(fence, 3)).toBeNull()
  expect(store.transact([{ guildId: guildA, epoch: 1, run: () => 'written' }])).toEqual([
    { kind: 'done', value: 'written' },
  ])
})

test('after the move the guild is released, stays so, and the same move still gets its answer', () => {
  using temporary = temporaryStore()
  const { ownership } = temporary.store
  ownership.fenceEmpty(fence, 1)
  ownership.reconcile([{ guildId: guildB, epoch: 1 }], 2)
  expect(ownership.find(guildA)?.role).toBe('released')
  expect(ownership.fenceEmpty(fence, 3)).toEqual({ kind: 'released' })
  expect(ownership.reclaim(fence, 3)).toEqual({ kind: 'NotOwner', knownEpoch: 1 })
})

test('a guild with data is not fenced, and the refusal names its tables', () => {
  using temporary = temporaryStore()
  const { store } = temporary
  store.transact([
    {
      guildId: guildA,
      epoch: 1,
      run: (writer) =>
        writer.apply([
          put('documentRoles', { roleId: '1', name: 'staff', permissions: '8', position: 1, payload: {} }),
        ]),
    },
  ])
  expect(store.ownership.fenceEmpty(fence, 1)).toEqual({ kind: 'has-data', tables: { document_roles: 1 } })
  expect(store.ownership.find(guildA)?.role).toBe('active')
})

test('a bare cursor is no data', () => {
  using temporary = temporaryStore()
  const { store } = temporary
  store.transact([
    {
      guildId: guildA,
      epoch: 1,
      run: (writer) =>
        writer.moveCursor({
          position: { generation: 1, seq: 9 },
          shardId: 0,
          shardCount: 1,
          shardEpoch: 1,
          appliedAt: 0,
          eventLagMs: 0,
        }),
    },
  ])
  expect(store.countData(guildA)).toEqual({})
  expect(store.ownership.fenceEmpty(fence, 1)).toEqual({ kind: 'fenced' })
})

test('a fence made for another epoch is refused', () => {
  using temporary = temporaryStore()
  const { ownership } = temporary.store
  ownership.reconcile([{ guildId: guildA, epoch: 5 }], 1)
  expect(ownership.fenceEmpty(fence, 2)).toEqual({
    kind: 'refused',
    refusal: { kind: 'StaleEpoch', current: 5 },
  })
  expect(ownership.fenceEmpty({ ...fence, epoch: 6 }, 2)).toEqual({
    kind: 'refused',
    refusal: { kind: 'NotOwner', knownEpoch: 5 },
  })
})

test('I8: rows of a guild that went to another owner are set aside, and not served when it is assigned to us again', () => {
  using temporary = temporaryStore()
  const { store } = temporary
  const role = { roleId: '1', name: 'staff', permissions: '8', position: 1, payload: {} }
  store.transact([{ guildId: guildA, epoch: 1, run: (writer) => writer.apply([put('documentRoles', role)]) }])
  store.ownership.reconcile([], 1)
  expect(store.ownership.find(guildA)?.role).toBe('set_aside')
  expect(store.ownership.find(guildB)?.role).toBe('released')
  const assigned = [guildA, guildB].map((guildId) => ({ guildId, epoch: 3 }))
  expect(store.ownership.reconcile(assigned, 2).map((step) => step.kind)).toEqual(['quarantine', 'open'])
  const outcome = store.read(guildA, 3, ({ rows }) => rows.count('documentRoles'))
  expect(outcome).toEqual({ kind: 'refused', refusal: { kind: 'NotOwner', knownEpoch: 1 } })
  expect(store.countData(guildA)).toEqual({ document_roles: 1 })
})
