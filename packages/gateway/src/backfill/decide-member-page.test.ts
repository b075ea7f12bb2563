import fc from 'fast-check'
import { expect, test } from 'vitest'
import { judgeMemberPage, type MemberPage, nextMemberPage } from './decide-member-page.ts'

/** Ids of different lengths too: as text they would not be in order. */
const ids = fc.uniqueArray(fc.integer({ min: 1, max: 150 }).map(String), { maxLength: 40 })
const worlds = fc.record({ kept: ids, there: ids, pageSize: fc.integer({ min: 1, max: 9 }) })

type Judge = typeof judgeMemberPage
const bigints = (all: readonly string[]) => all.toSorted((a, b) => Number(BigInt(a) - BigInt(b)))

/** Reads until nobody is in doubt: who is there is found there, who is not has left, within so many pages. */
function settles(judge: Judge, next: typeof nextMemberPage = nextMemberPage) {
  return fc.property(worlds, ({ kept, there, pageSize }) => {
    const doubted = new Set(kept)
    const [present, left] = [new Array<string>(), new Array<string>()]
    let pages = 0
    for (let after = next([...doubted]); after !== null; after = next([...doubted])) {
      pages += 1
      const from = BigInt(after)
      const listed = bigints(there.filter((id) => BigInt(id) > from)).slice(0, pageSize)
      const page: MemberPage = { after, ids: listed, isLast: listed.length < pageSize }
      const verdict = judge([...doubted], page)
      present.push(...verdict.present)
      left.push(...verdict.left)
      for (const id of [...verdict.present, ...verdict.left]) doubted.delete(id)
      expect(pages).toBeLessThanOrEqual(Math.min(kept.length, Math.floor(there.length / pageSize) + 1))
    }
    expect(bigints(present)).toEqual(bigints(kept.filter((id) => there.includes(id))))
    expect(bigints(left)).toEqual(bigints(kept.filter((id) => !there.includes(id))))
  })
}

test('every member in doubt is found there or has left, in no more pages than members or pages of the guild', () => {
  expect(() => fc.assert(settles(judgeMemberPage))).not.toThrow()
})

const mutants: [string, Judge, typeof nextMemberPage?][] = [
  [
    'takes everybody who is not on the page for gone',
    (doubted, page) => judgeMemberPage(doubted, { ...page, isLast: true }),
  ],
  ['never finds that somebody left', (doubted, page) => ({ ...judgeMemberPage(doubted, page), left: [] })],
  ['compares ids as text', judgeMemberPage, (doubted) => nextMemberPage(doubted.toSorted().slice(0, 1))],
]

test.each(mutants)('the law catches one that %s', (_name, judge, next) => {
  const bounded: typeof nextMemberPage = next ?? nextMemberPage
  expect(fc.check(settles(judge, bounded), { numRuns: 300 }).failed).toBe(true)
})

test('nobody in doubt, nothing to list', () => {
  expect(nextMemberPage([])).toBeNull()
})
