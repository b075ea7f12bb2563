import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chainStart, type HashedEntry, hashEntry, verifyChain } from './audit-chain.ts'

const contents = fc.array(
  fc.record({
    at: fc.nat(),
    actor: fc.string(),
    action: fc.string(),
    subject: fc.string(),
    reason: fc.option(fc.string(), { nil: null }),
  }),
  { minLength: 1, maxLength: 12 },
)

function chain(entries: readonly Omit<HashedEntry, 'hash' | 'previousHash' | 'entryId'>[]): HashedEntry[] {
  let previousHash = chainStart
  return entries.map((content, index) => {
    const entry = { ...content, entryId: index + 1, previousHash }
    previousHash = hashEntry(entry)
    return { ...entry, hash: previousHash }
  })
}

test('an untouched chain holds, and so does any later part of it', () => {
  fc.assert(
    fc.property(contents, fc.nat(), (entries, cut) => {
      const whole = chain(entries)
      const from = cut % whole.length
      expect(verifyChain(whole)).toBeNull()
      expect(verifyChain(whole.slice(from), whole[from - 1]?.hash)).toBeNull()
    }),
  )
})

test('whichever field of whichever entry is changed, the chain breaks', () => {
  const change = fc.constantFrom<keyof HashedEntry>('at', 'actor', 'action', 'subject', 'reason', 'entryId')
  fc.assert(
    fc.property(contents, fc.nat(), change, (entries, at, field) => {
      const whole = chain(entries)
      const index = at % whole.length
      const entry = whole[index]
      const value = entry?.[field]
      const changed = typeof value === 'number' ? value + 1 : `${value ?? ''}!`
      const forged = whole.with(index, Object.assign({}, entry, { [field]: changed }))
      expect(verifyChain(forged)).not.toBeNull()
    }),
  )
})

test('two fields that swap a part between them do not pass for each other', () => {
  const entry = { entryId: 1, at: 0, subject: 's', reason: null, previousHash: chainStart }
  expect(hashEntry({ ...entry, actor: 'ab', action: 'c' })).not.toBe(
    hashEntry({ ...entry, actor: 'a', action: 'bc' }),
  )
})
