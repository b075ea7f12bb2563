import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson } from './canonical-json.ts'
import { chainStart, extendChain, payloadHash } from './event-chain.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

test('the chain is what its specification says', () => {
  const payload = { b: [1, 'x', null], a: { d: true, c: 'é' } }
  const canonical = '{"a":{"c":"é","d":true},"b":[1,"x",null]}'
  expect(payloadHash(payload)).toBe(sha256(canonical))
  expect(chainStart('42')).toBe(sha256('discord-sim/chain/1\n42'))
  const head = extendChain(chainStart('42'), 'MESSAGE_CREATE', payloadHash(payload))
  expect(head).toBe(sha256(`${sha256('discord-sim/chain/1\n42')}\nMESSAGE_CREATE\n${sha256(canonical)}`))
})

test('the order of keys does not matter, a round trip over the wire neither', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const canonical = canonicalJson(value)
      expect(canonicalJson(JSON.parse(canonical))).toBe(canonical)
      expect(canonicalJson(JSON.parse(JSON.stringify(value)))).toBe(canonical)
    }),
  )
})

test('any two histories that differ have different heads', () => {
  const history = fc.array(fc.tuple(fc.constantFrom('A', 'B', 'C'), fc.nat(3)), { maxLength: 6 })
  const headOf = (events: [string, number][]) =>
    events.reduce((head, [name, value]) => extendChain(head, name, payloadHash({ value })), chainStart('1'))
  fc.assert(
    fc.property(history, history, (left, right) => {
      expect(headOf(left) === headOf(right)).toBe(JSON.stringify(left) === JSON.stringify(right))
    }),
  )
})
