import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { describeWire } from './describe-wire.ts'
import { wireLedger } from '../wire-version/wire-ledger.ts'
import { isWireVersionSupported, supportedWireVersions, wireVersion } from '../wire-version/wire-version.ts'

const snapshot = readFileSync(new URL('wire-snapshot.json', import.meta.url), 'utf8')

test('a changed procedure, schema, failure or meta is announced in the snapshot', () => {
  expect(
    describeWire(),
    'run `npm run wire:accept -w @guildmesh/contracts` and look at the difference',
  ).toEqual(JSON.parse(snapshot))
})

test('the last entry of the ledger names the snapshot, so that a change of the wire is a line in the ledger too', () => {
  expect(wireLedger.at(-1)?.digest).toBe(createHash('sha256').update(snapshot).digest('hex'))
})

test('versions rise by one, so that N and N-1 are neighbours', () => {
  expect(wireLedger.map((entry) => entry.version)).toEqual(wireLedger.map((_, index) => index + 1))
})

test('a build answers its own version, the one before only if they can live together, and no other', () => {
  expect(supportedWireVersions).toContain(wireVersion)
  expect(isWireVersionSupported(wireVersion - 1)).toBe(wireLedger.at(-1)?.upgradesWhileRunning)
  expect(isWireVersionSupported(wireVersion + 1)).toBe(false)
  expect(isWireVersionSupported(wireVersion - 2)).toBe(false)
})
