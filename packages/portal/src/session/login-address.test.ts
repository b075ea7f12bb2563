import fc from 'fast-check'
import { expect, it } from 'vitest'
import { loginAddress, safeReturnPath } from './login-address.ts'

it('comes back to the page that asked for the login, with its search', () => {
  expect(loginAddress('/guild/81384788765712384/dashboard?lookback=30d')).toBe(
    '/auth/login?to=%2Fguild%2F81384788765712384%2Fdashboard%3Flookback%3D30d',
  )
})

it.each([
  undefined,
  '',
  'https://evil.example',
  '//evil.example',
  '/\\evil.example',
  '/\t/evil.example',
  '/.//evil.example',
  'x',
])('sends %j to the server list', (to) => {
  expect(safeReturnPath(to)).toBe('/')
})

it('never leads to another site', () => {
  const part = fc.constantFrom('/', '\\', '\t', '\n', '.', 'evil.example', ':', '@', 'https:', 'a', '?', '#')
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const there = new URL(safeReturnPath(parts.join('')), 'https://portal.example')
      expect(there.origin).toBe('https://portal.example')
    }),
    { numRuns: 5000 },
  )
})
