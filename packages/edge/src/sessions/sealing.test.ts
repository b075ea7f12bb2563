import { Secret } from '@guildmesh/runtime'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSealer } from './sealing.ts'

const secret = new Secret('a secret of a good length, for tests only')
const sealer = createSealer(secret, 'tokens')

test('what was sealed opens again, on every edge with the secret', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(createSealer(secret, 'tokens').open(sealer.seal(text))).toBe(text)
    }),
  )
})

test('a changed byte, another purpose, another secret, or rubbish does not open', () => {
  const sealed = sealer.seal('text')
  const bytes = Buffer.from(sealed.slice(3), 'base64url')
  for (let index = 0; index < bytes.length; index++) {
    const changed = Buffer.from(bytes)
    changed[index] = (changed[index] ?? 0) ^ 1
    expect(sealer.open(`v1.${changed.toString('base64url')}`), `byte ${index}`).toBeNull()
  }
  for (let length = 0; length < bytes.length; length++) {
    expect(sealer.open(`v1.${bytes.subarray(0, length).toString('base64url')}`)).toBeNull()
  }
  expect(createSealer(secret, 'login').open(sealed)).toBeNull()
  expect(createSealer(new Secret('another secret of good length'), 'tokens').open(sealed)).toBeNull()
  for (const rubbish of ['', 'v1.', 'v2.abc', 'null', sealed.slice(3)])
    expect(sealer.open(rubbish)).toBeNull()
})

test('the same text is never sealed alike, and does not show', () => {
  expect(sealer.seal('access-token')).not.toBe(sealer.seal('access-token'))
  expect(Buffer.from(sealer.seal('access-token').slice(3), 'base64url').toString('latin1')).not.toContain(
    'access',
  )
})
