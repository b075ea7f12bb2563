import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareIncarnations, comparePositions, gatewayIdOf, GuildId, ordinalOf, shardOf } from './ids.ts'

const snowflake = fc.bigInt({ min: 10n ** 16n, max: 2n ** 64n - 1n })

describe('snowflakes', () => {
  test('every 64-bit id of 17 digits or more is kept exactly (T11)', () => {
    fc.assert(
      fc.property(snowflake, (id) => {
        expect(BigInt(GuildId.parse(id.toString()))).toBe(id)
      }),
    )
  })

  test.each([
    '',
    '0',
    '123',
    '01234567890123456',
    '1e17',
    '18446744073709551616',
    '12345678901234567a',
    ' 123456789012345678',
    '-12345678901234567',
  ])('refuses %j', (text) => {
    expect(GuildId.safeParse(text).success).toBe(false)
  })

  test('refuses numbers, which cannot hold them', () => {
    expect(GuildId.safeParse(123_456_789_012_345_680).success).toBe(false)
  })

  test('the shard is (id >> 22) % shardCount, in 64-bit arithmetic', () => {
    fc.assert(
      fc.property(snowflake, fc.integer({ min: 1, max: 16_384 }), (id, shardCount) => {
        expect(shardOf(GuildId.parse(id.toString()), shardCount)).toBe(
          Number((id >> 22n) % BigInt(shardCount)),
        )
      }),
    )
  })
})

test('a gateway is named for its ordinal and back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9999 }), (ordinal) => {
      expect(ordinalOf(gatewayIdOf(ordinal))).toBe(ordinal)
    }),
  )
})

test('a later registration supersedes every restart of an earlier one', () => {
  expect(
    compareIncarnations({ registration: 2, restart: 0 }, { registration: 1, restart: 99 }),
  ).toBeGreaterThan(0)
  expect(compareIncarnations({ registration: 2, restart: 1 }, { registration: 2, restart: 2 })).toBeLessThan(
    0,
  )
})

test('positions are ordered by generation, then by seq', () => {
  expect(comparePositions({ generation: 2, seq: 1 }, { generation: 1, seq: 500 })).toBeGreaterThan(0)
  expect(comparePositions({ generation: 1, seq: 7 }, { generation: 1, seq: 7 })).toBe(0)
})
