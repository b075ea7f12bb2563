import { expect, test } from 'vitest'
import { refuseOrigin } from './host-guard.ts'

const direct = {
  host: 'localhost:4400',
  origin: undefined,
  fetchSite: undefined,
  fetchMode: undefined,
  linkable: false,
}

test('programs, and pages of the simulator itself, are let through', () => {
  expect(refuseOrigin(direct, [])).toBeNull()
  expect(
    refuseOrigin({ ...direct, fetchSite: 'same-origin', origin: 'http://localhost:4400' }, []),
  ).toBeNull()
  expect(refuseOrigin({ ...direct, fetchSite: 'none', fetchMode: 'navigate' }, [])).toBeNull()
})

test.each([
  'evil.example',
  'evil.example:4400',
  '127.0.0.1.evil.example',
  'localhost.evil.example',
  undefined,
  'a b',
  '',
])('a request to the host %j is refused: a stranger can let such a name point here', (host) => {
  expect(refuseOrigin({ ...direct, host }, [])).toContain('is not one of the simulator')
})

test('a name of the simulator is let through only if it was given', () => {
  expect(refuseOrigin({ ...direct, host: 'sim.example' }, [])).not.toBeNull()
  expect(refuseOrigin({ ...direct, host: 'sim.example' }, ['sim.example'])).toBeNull()
})

test.each(['null', 'http://evil.example', 'http://localhost:9999', 'https://localhost:4400'])(
  'a page of %s is refused',
  (origin) => {
    expect(refuseOrigin({ ...direct, origin }, [])).toContain('may not use the simulator')
  },
)

test('another site may link to the page, but not to a verb of the control API, and may embed neither', () => {
  const linked = { ...direct, fetchSite: 'cross-site', fetchMode: 'navigate' }
  expect(refuseOrigin({ ...linked, linkable: true }, [])).toBeNull()
  expect(refuseOrigin(linked, [])).not.toBeNull()
  expect(refuseOrigin({ ...linked, fetchMode: 'no-cors', linkable: true }, [])).not.toBeNull()
})
