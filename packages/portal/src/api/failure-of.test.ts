import { expect, it } from 'vitest'
import { explainFailure } from './explain-failure.ts'
import { failureOf } from './failure-of.ts'

it('finds the typed failure inside an error of the tRPC client', () => {
  const failure = { kind: 'Unavailable', service: 'gateway-1', retryAfterMs: 500 }
  expect(failureOf({ message: 'x', data: { code: 'SERVICE_UNAVAILABLE', failure } })).toEqual(failure)
})

it.each([
  undefined,
  null,
  'fetch failed',
  new TypeError('Failed to fetch'),
  { data: null },
  { data: { failure: { kind: 'NoSuchKind' } } },
  { data: { failure: { kind: 'toString' } } },
  { data: { failure: 'Forbidden' } },
])('takes %j for no answer at all', (error) => {
  expect(failureOf(error)).toEqual({ kind: 'NoAnswer' })
})

it('offers to try again only if that can help', () => {
  expect(explainFailure({ kind: 'NoAnswer' }).retryable).toBe(true)
  expect(explainFailure({ kind: 'Unavailable', service: 'gateway-1', retryAfterMs: 700 })).toMatchObject({
    retryable: true,
    retryAfterMs: 700,
  })
  expect(explainFailure({ kind: 'Forbidden', reason: 'only moderators may see this' })).toMatchObject({
    retryable: false,
    why: 'Only moderators may see this.',
  })
})
