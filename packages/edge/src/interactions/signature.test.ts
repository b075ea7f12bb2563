import { generateKeyPairSync, sign } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createSignatureVerifier } from './signature.ts'

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const publicHex = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('hex')
const verify = await createSignatureVerifier(publicHex)

const body = Buffer.from('{ "type": 2,\t"id":"1100000000000000001", "data": {"name":"größe 🎉"} }\n')
const timestamp = '1763683200'
const signature = sign(null, Buffer.concat([Buffer.from(timestamp), body]), privateKey).toString('hex')

test('what Discord signed is valid, however old it is', async () => {
  expect(await verify({ signature, timestamp }, body)).toBe('valid')
  const ancient = sign(null, Buffer.concat([Buffer.from('1'), body]), privateKey).toString('hex')
  expect(await verify({ signature: ancient, timestamp: '1' }, body)).toBe('valid')
})

test('changing any one byte of the body, at any place and to anything, makes it invalid', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(body.length - 1), fc.integer({ min: 1, max: 255 }), async (index, difference) => {
      const changed = Buffer.from(body)
      changed[index] = (changed[index] ?? 0) ^ difference
      expect(await verify({ signature, timestamp }, changed)).toBe('mismatch')
    }),
  )
})

test('a byte more, a byte less, or no body at all is invalid', async () => {
  for (const changed of [
    Buffer.concat([body, Buffer.from(' ')]),
    Buffer.concat([Buffer.from(' '), body]),
    body.subarray(0, -1),
    body.subarray(1),
    Buffer.alloc(0),
  ]) {
    expect(await verify({ signature, timestamp }, changed)).toBe('mismatch')
  }
})

test('the same JSON written differently is invalid (T9)', async () => {
  const again = Buffer.from(JSON.stringify(JSON.parse(body.toString('utf8'))))
  expect(JSON.parse(again.toString('utf8'))).toEqual(JSON.parse(body.toString('utf8')))
  expect(await verify({ signature, timestamp }, again)).toBe('mismatch')
})

test('moving bytes between timestamp and body is invalid only if the signed bytes differ', async () => {
  expect(await verify({ signature, timestamp: timestamp.slice(0, -1) }, body)).toBe('mismatch')
  expect(await verify({ signature, timestamp: `0${timestamp}` }, body)).toBe('mismatch')
})

test('changing any digit of the signature makes it invalid', async () => {
  for (let index = 0; index < signature.length; index++) {
    const digit = signature[index] === '0' ? '1' : '0'
    const changed = signature.slice(0, index) + digit + signature.slice(index + 1)
    expect(await verify({ signature: changed, timestamp }, body), `digit ${index}`).toBe('mismatch')
  }
})

test('a signature by another key is invalid', async () => {
  const stranger = generateKeyPairSync('ed25519').privateKey
  const forged = sign(null, Buffer.concat([Buffer.from(timestamp), body]), stranger).toString('hex')
  expect(await verify({ signature: forged, timestamp }, body)).toBe('mismatch')
})

describe('headers that are not exactly a signature and a timestamp', () => {
  test.each([
    ['no signature', { signature: undefined, timestamp }, 'missing'],
    ['no timestamp', { signature, timestamp: undefined }, 'missing'],
    ['neither', { signature: undefined, timestamp: undefined }, 'missing'],
    ['an empty signature', { signature: '', timestamp }, 'malformed'],
    ['an odd number of digits', { signature: signature.slice(0, -1), timestamp }, 'malformed'],
    ['too few digits', { signature: signature.slice(0, -2), timestamp }, 'malformed'],
    ['too many digits', { signature: `${signature}00`, timestamp }, 'malformed'],
    ['a digit that is none', { signature: `${signature.slice(0, -1)}g`, timestamp }, 'malformed'],
    ['valid digits, then others', { signature: `${signature}zz`, timestamp }, 'malformed'],
    ['a line end', { signature: `${signature}\n`, timestamp }, 'malformed'],
    ['two signatures', { signature: `${signature}, ${signature}`, timestamp }, 'malformed'],
    ['a list of signatures', { signature: [signature, signature], timestamp }, 'malformed'],
    ['a prefix', { signature: `0x${signature.slice(2)}`, timestamp }, 'malformed'],
    ['an empty timestamp', { signature, timestamp: '' }, 'malformed'],
    ['a timestamp that is no number', { signature, timestamp: `${timestamp}{` }, 'malformed'],
    ['a negative timestamp', { signature, timestamp: `-${timestamp}` }, 'malformed'],
    ['a list of timestamps', { signature, timestamp: [timestamp] }, 'malformed'],
  ] as const)('%s', async (_name, headers, verdict) => {
    const copied = {
      signature: typeof headers.signature === 'object' ? [...headers.signature] : headers.signature,
      timestamp: typeof headers.timestamp === 'object' ? [...headers.timestamp] : headers.timestamp,
    }
    expect(await verify(copied, body)).toBe(verdict)
  })
})

test('an all-zero signature does not pass', async () => {
  expect(await verify({ signature: '0'.repeat(128), timestamp }, body)).toBe('mismatch')
})
