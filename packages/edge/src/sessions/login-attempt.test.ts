import { Secret } from '@guildmesh/runtime'
import { expect, test } from 'vitest'
import { loginAttemptMs, openLoginAttempt, sealLoginAttempt } from './login-attempt.ts'
import { createSealer } from './sealing.ts'

const sealer = createSealer(new Secret('a secret of a good length, for tests only'), 'login')
const attempt = { state: 's'.repeat(43), verifier: 'v'.repeat(43), returnPath: '/guild/1' }

test('an attempt begun on one edge can be finished on another', () => {
  const other = createSealer(new Secret('a secret of a good length, for tests only'), 'login')
  expect(openLoginAttempt(sealLoginAttempt(attempt, sealer, 1000), other, 2000)).toEqual(attempt)
})

test('an attempt ends after ten minutes', () => {
  const sealed = sealLoginAttempt(attempt, sealer, 1000)
  expect(openLoginAttempt(sealed, sealer, 999 + loginAttemptMs)).toEqual(attempt)
  expect(openLoginAttempt(sealed, sealer, 1000 + loginAttemptMs)).toBeNull()
})

test('no cookie, and one that is not ours, is no attempt', () => {
  expect(openLoginAttempt(undefined, sealer, 0)).toBeNull()
  expect(openLoginAttempt(JSON.stringify({ ...attempt, until: 9e15 }), sealer, 0)).toBeNull()
})
