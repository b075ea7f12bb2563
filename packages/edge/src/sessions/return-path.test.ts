import fc from 'fast-check'
import { expect, test } from 'vitest'
import { returnPathOf } from './return-path.ts'

test('paths of the portal are returned to, with query and fragment', () => {
  for (const path of ['/guild/900000000000000001/dashboard', '/admin?tab=moves#top', '/a%20b']) {
    expect(returnPathOf(path)).toBe(path)
  }
})

test.each([
  'https://evil.example/',
  '//evil.example/',
  '/\\evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  '\t//evil.example',
  '/.//evil.example',
  '/a/..//evil.example',
  '/%09/../..//evil.example',
  'https:evil.example',
  'javascript:alert(1)',
  'data:text/html,x',
  ' //evil.example',
  '/guild\r\nSet-Cookie: a=b',
  '@evil.example',
  'guild/1',
  '',
  `/${'a'.repeat(3000)}`,
  '/auth/login?to=/auth/login',
  '/api/trpc/session.logout',
  '/AUTH/callback',
  undefined,
  null,
  ['/guild'],
  { toString: () => '/guild' },
])('%j leads home', (to) => {
  expect(returnPathOf(to)).toBe('/')
})

test('whatever is asked for, a browser stays on the portal', () => {
  const piece = fc.constantFrom(
    '/',
    '\\',
    '.',
    '..',
    ':',
    '@',
    'evil.example',
    'https',
    '\t',
    '\n',
    '%2f',
    '?',
    '#',
    'x',
  )
  const anything = fc.array(piece, { maxLength: 8 }).map((pieces) => `/${pieces.join('')}`)
  fc.assert(
    fc.property(fc.oneof(anything, fc.webUrl(), fc.string()), (to) => {
      const returned = returnPathOf(to)
      expect(new URL(returned, 'https://portal.example').origin).toBe('https://portal.example')
      expect(returned).toMatch(/^\//)
      expect(returned).not.toMatch(/[\r\n\t]/)
    }),
    { numRuns: 2000 },
  )
})
