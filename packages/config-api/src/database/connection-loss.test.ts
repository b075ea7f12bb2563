import { DatabaseError } from 'pg'
import { expect, test } from 'vitest'
import { isTransient } from './connection-loss.ts'

function fromServer(code: string): Error {
  return Object.assign(new DatabaseError('the server says no', 0, 'error'), { code })
}

test.each(['08006', '57P01', '57P02', '57P03', '53300', '57014', '55P03', '40001', '40P01'])(
  'PostgreSQL %s may pass',
  (code) => {
    expect(isTransient(fromServer(code))).toBe(true)
    expect(isTransient(new Error('drizzle: query failed', { cause: fromServer(code) }))).toBe(true)
  },
)

test.each(['23505', '42P01', '28P01', '3D000', '22P02'])('PostgreSQL %s stays', (code) => {
  expect(isTransient(fromServer(code))).toBe(false)
})

test('a server that is away may come back', () => {
  expect(isTransient(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }))).toBe(true)
  const both = new AggregateError([Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })])
  expect(isTransient(both)).toBe(true)
  expect(isTransient(new Error('Connection terminated unexpectedly'))).toBe(true)
})

test('an error of our own does not pass by itself', () => {
  expect(isTransient(new Error('an insert gave no row'))).toBe(false)
  expect(isTransient('text')).toBe(false)
})
