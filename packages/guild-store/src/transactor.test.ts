import fc from 'fast-check'
import { expect, test } from 'vitest'
import { guildA, guildB, temporaryStore } from '../test/temporary-store.ts'
import type { GuildStore, GuildWriter, RowChange } from './index.ts'
import { add, insert, put, remove, saveSettings, update } from './index.ts'

const message = (messageId: string, reactions = 0) => ({
  messageId,
  authorId: 'author',
  channelId: 'channel',
  characters: 1,
  words: 1,
  codeBlocks: [{ language: 'ts', characters: 3, lines: 1 }],
  links: ['example.org'],
  reactions,
  sentAt: 5,
})
const settings = {
  moderatorRoleId: null,
  modLogChannelId: null,
  deletionLogChannelId: null,
  honeypotChannelId: null,
  ticketChannelId: null,
  restrictedRoleId: null,
  quorum: 4,
}

function write(store: GuildStore, guildId: typeof guildA, changes: readonly RowChange[]) {
  const [outcome] = store.transact([{ guildId, epoch: 1, run: (writer) => writer.apply(changes) }])
  if (outcome?.kind !== 'done') throw new Error('the write was not done', { cause: outcome })
  return outcome.value
}

function messagesOf(store: GuildStore, guildId: typeof guildA) {
  const outcome = store.read(guildId, null, ({ rows }) =>
    rows.list('messageStats', {}, { orderBy: 'messageId' }),
  )
  if (outcome.kind !== 'done') throw new Error('the read was refused')
  return outcome.value
}

test('text that reads as SQL is stored, found and updated as text (T10)', () => {
  using temporary = temporaryStore()
  const { store } = temporary
  write(store, guildB, [put('messageStats', message('untouched'))])
  const hostile = fc.oneof(
    fc.constantFrom(
      "'; DROP TABLE message_stats; --",
      `" OR 1=1 --`,
      '?',
      ':guild',
      '\u0000',
      "1' OR '1'='1",
    ),
    fc.string({ minLength: 1 }),
  )
  const law = fc.property(hostile, (text) => {
    write(store, guildA, [put('messageStats', { ...message(text), authorId: text, channelId: text })])
    write(store, guildA, [update('messageStats', { messageId: text }, { reactions: 7 })])
    const outcome = store.read(guildA, null, ({ rows }) => rows.get('messageStats', { authorId: text }))
    expect(outcome).toMatchObject({
      kind: 'done',
      value: { messageId: text, authorId: text, channelId: text, reactions: 7 },
    })
  })
  fc.assert(law, { numRuns: 100 })
  expect(messagesOf(store, guildB).map(({ messageId }) => messageId)).toEqual(['untouched'])
})

test('work that throws is undone, and the rest of its group is committed', () => {
  using temporary = temporaryStore()
  const { store } = temporary
  const outcomes = store.transact<unknown>([
    { guildId: guildA, epoch: 1, run: (writer) => writer.apply([put('messageStats', message('1'))]) },
    {
      guildId: guildB,
      epoch: 1,
      run(writer) {
        writer.apply([put('messageStats', message('2'))])
        throw new Error('poison')
      },
    },
    { guildId: guildA, epoch: 1, run: (writer) => writer.apply([put('messageStats', message('3'))]) },
  ])
  expect(outcomes.map((outcome) => outcome.kind)).toEqual(['done', 'failed', 'done'])
  expect(messagesOf(store, guildA).map((row) => row.messageId)).toEqual(['1', '3'])
  expect(messagesOf(store, guildB)).toEqual([])
})

test('a nested savepoint that throws takes back only its own changes', () => {
  using temporary = temporaryStore()
  const { store } = temporary
  store.transact([
    {
      guildId: guildA,
      epoch: 1,
      run(writer) {
        writer.savepoint(() => writer.apply([put('messageStats', message('1'))]))
        expect(() =>
          writer.savepoint(() => {
            writer.apply([put('messageStats', message('2')), remove('messageStats', { messageId: '1' })])
            throw new Error('poison')
          }),
        ).toThrow('poison')
        expect(writer.reader.count('messageStats')).toBe(1)
      },
    },
  ])
  expect(messagesOf(store, guildA).map((row) => row.messageId)).toEqual(['1'])
})

test('the parent row is there again after a savepoint that had made it was undone', () => {
  using temporary = temporaryStore()
  const { store } = temporary
  const [outcome] = store.transact([
    {
      guildId: guildA,
      epoch: 1,
      run(writer) {
        try {
          writer.savepoint(() => {
            writer.apply([put('messageStats', message('1'))])
            throw new Error('poison')
          })
        } catch {
          writer.apply([put('messageStats', message('2'))])
        }
      },
    },
  ])
  expect(outcome?.kind).toBe('done')
  expect(messagesOf(store, guildA).map((row) => row.messageId)).toEqual(['2'])
})

test.each([
  [2, { kind: 'NotOwner', knownEpoch: 1 }],
  [0, { kind: 'StaleEpoch', current: 1 }],
])('a write made for epoch %i of a guild at epoch 1 is refused', (epoch, refusal) => {
  using temporary = temporaryStore()
  const [outcome] = temporary.store.transact([{ guildId: guildA, epoch, run: () => 'written' }])
  expect(outcome).toEqual({ kind: 'refused', refusal })
})

test('a writer kept beyond its transaction writes and reads nothing', () => {
  using temporary = temporaryStore()
  const { store } = temporary
  let kept: GuildWriter | undefined
  store.transact([{ guildId: guildA, epoch: 1, run: (writer) => void (kept = writer) }])
  expect(() => kept?.apply([put('messageStats', message('1'))])).toThrow(/has ended/)
  expect(() => kept?.reader.count('messageStats')).toThrow(/has ended/)
  expect(messagesOf(store, guildA)).toEqual([])
})

test('settings pass their schema on the way in and out', () => {
  using temporary = temporaryStore()
  const { store } = temporary
  expect(() => saveSettings({ ...settings, quorum: 11 })).toThrow(/10/)
  write(store, guildA, [saveSettings(settings)])
  expect(store.read(guildA, 1, ({ rows }) => rows.settings())).toEqual({ kind: 'done', value: settings })
  expect(store.read(guildB, 1, ({ rows }) => rows.settings())).toEqual({ kind: 'done', value: null })
})

test('deleting a guild deletes all of its rows and none of another', () => {
  using temporary = temporaryStore()
  const { store } = temporary
  for (const guildId of [guildA, guildB]) write(store, guildId, [put('messageStats', message('1'))])
  write(store, guildA, [remove('guilds', {})])
  expect(store.countData(guildA)).toEqual({})
  expect(messagesOf(store, guildB)).toHaveLength(1)
})

/** What the row changes mean, said again over a plain map. */
function model(rows: Map<string, number>, change: Change): void {
  const has = rows.has(change.id)
  if (change.op === 'put' || (change.op === 'insert' && !has)) rows.set(change.id, change.n)
  if (change.op === 'update' && has) rows.set(change.id, change.n)
  if (change.op === 'add' && has) rows.set(change.id, Math.max(0, (rows.get(change.id) ?? 0) + change.n - 5))
  if (change.op === 'remove') rows.delete(change.id)
}

interface Change {
  readonly op: 'put' | 'insert' | 'update' | 'add' | 'remove'
  readonly guild: 'A' | 'B'
  readonly id: string
  readonly n: number
}

function rowChange({ op, id, n }: Change): RowChange {
  switch (op) {
    case 'put':
      return put('messageStats', message(id, n))
    case 'insert':
      return insert('messageStats', message(id, n))
    case 'update':
      return update('messageStats', { messageId: id }, { reactions: n })
    case 'add':
      return add('messageStats', { messageId: id }, 'reactions', n - 5)
    case 'remove':
      return remove('messageStats', { messageId: id })
    default:
      return op satisfies never
  }
}

test('row changes of two guilds do what they say, each in its own guild', () => {
  using temporary = temporaryStore()
  const { store } = temporary
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          op: fc.constantFrom('put', 'insert', 'update', 'add', 'remove'),
          guild: fc.constantFrom('A', 'B'),
          id: fc.constantFrom('1', '2', '3'),
          n: fc.integer({ min: 0, max: 10 }),
        }),
        { maxLength: 30 },
      ),
      (changes) => {
        for (const guildId of [guildA, guildB]) write(store, guildId, [remove('messageStats', {})])
        const expected = { A: new Map<string, number>(), B: new Map<string, number>() }
        for (const change of changes) {
          write(store, change.guild === 'A' ? guildA : guildB, [rowChange(change)])
          model(expected[change.guild], change)
        }
        for (const [name, guildId] of [
          ['A', guildA],
          ['B', guildB],
        ] as const) {
          const found = messagesOf(store, guildId).map((row) => [row.messageId, row.reactions])
          expect(found).toEqual([...expected[name]].toSorted(([a], [b]) => a.localeCompare(b)))
        }
      },
    ),
    { numRuns: 40 },
  )
})

test('values come back as they went in: JSON, booleans, null', () => {
  using temporary = temporaryStore()
  const { store } = temporary
  const member = {
    userId: '7',
    name: 'Ann',
    roles: ['1', '2'],
    timeoutUntil: null,
    fresh: true,
    payload: { deep: [{ a: null }] },
  }
  write(store, guildA, [put('documentMembers', member)])
  expect(
    store.read(guildA, 1, ({ rows }) => rows.get('documentMembers', { fresh: true, timeoutUntil: null })),
  ).toEqual({
    kind: 'done',
    value: member,
  })
  expect(store.read(guildA, 1, ({ rows }) => rows.get('documentMembers', { userId: '7' }, ['name']))).toEqual(
    {
      kind: 'done',
      value: { name: 'Ann' },
    },
  )
})
