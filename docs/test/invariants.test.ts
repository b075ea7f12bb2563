import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { citationsIn, isTest, readInvariants } from './invariants-page.ts'
import { existsInTree, readSourceTree, root } from './source-tree.ts'

const page = 'docs/invariants.md'
const invariants = readInvariants(readFileSync(join(root, page), 'utf8'))
const tree = readSourceTree()
const citedIn = new Map(tree.map(({ path, text }) => [path, new Set(citationsIn(text))]))

function cites(path: string, number: string): boolean {
  return citedIn.get(path)?.has(number) ?? false
}

function numbered(letter: string, last: number): string[] {
  return Array.from({ length: last }, (_, index) => `${letter}${index + 1}`)
}

describe('docs/invariants.md', () => {
  test('has every trap, rule and invariant once, in order', () => {
    expect(invariants.map(({ number }) => number)).toEqual([
      ...numbered('T', 16),
      ...numbered('R', 10),
      ...numbered('I', 19),
    ])
  })

  test('names only files that exist', () => {
    const named = invariants.flatMap(({ enforced, shown }) => [...enforced, ...shown])
    expect(named.length).toBeGreaterThan(0)
    expect(named.filter((path) => !existsInTree(path))).toEqual([])
  })

  test.each(invariants)('$number says who enforces and shows it, or which later work brings it', (one) => {
    const isThere = one.enforced.length > 0 && one.shown.length > 0
    expect({ isThere, isLater: one.later !== null }).toEqual({ isThere, isLater: !isThere })
    expect(one.shown.filter((path) => !cites(path, one.number))).toEqual([])
  })
})

test('every number that is cited anywhere is on the page', () => {
  const known = new Set(invariants.map(({ number }) => number))
  const unknown = tree.flatMap(({ path, text }) =>
    citationsIn(text)
      .filter((number) => !known.has(number))
      .map((number) => `${path}: ${number}`),
  )
  expect(unknown).toEqual([])
})

test('every number that a test cites names that its rule is there, not only planned', () => {
  const planned = new Set(invariants.filter(({ later }) => later !== null).map(({ number }) => number))
  const early = tree
    .filter((file) => isTest(file) && !file.path.startsWith('docs/'))
    .flatMap(({ path, text }) =>
      citationsIn(text)
        .filter((number) => planned.has(number))
        .map((number) => `${path}: ${number}`),
    )
  expect(early).toEqual([])
})

describe('what counts as a citation', () => {
  test.each([
    ['without a lease nothing is committed (I9)', ['I9']],
    ['T8, T6: PostgreSQL is away', ['T8', 'T6']],
    ['Rule R1: asked before each act; R1 again', ['R1']],
    ['PostgreSQL 16, ISO8601, RT3, I3X, a path/T1/x, T-1', []],
  ])('in %j', (text, numbers) => {
    expect(citationsIn(text)).toEqual(numbers)
  })
})
