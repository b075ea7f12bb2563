import { GuildId } from '@guildmesh/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { guildRoles } from '../schema/ownership-tables.ts'
import { type ReconciliationStep, type Assigned, decideReconciliation } from './decide-reconciliation.ts'
import { admit, type OwnershipRow } from './ownership-row.ts'

const guildIds = ['100000000000000001', '100000000000000002', '100000000000000003'].map((id) =>
  GuildId.parse(id),
)
const epoch = fc.integer({ min: 1, max: 4 })
const guildId = fc.constantFrom(...guildIds)
const row: fc.Arbitrary<OwnershipRow> = fc.record({
  guildId,
  epoch,
  role: fc.constantFrom(...guildRoles),
  moveId: fc.constant(null),
})
const rowsOf = fc
  .uniqueArray(row, { selector: (one) => one.guildId })
  .map((rows) => new Map(rows.map((one) => [one.guildId, one])))
const assigned: fc.Arbitrary<Assigned[]> = fc.uniqueArray(fc.record({ guildId, epoch }), {
  selector: (one) => one.guildId,
})

function applied(rows: ReadonlyMap<GuildId, OwnershipRow>, steps: readonly ReconciliationStep[]) {
  const next = new Map(rows)
  for (const step of steps) {
    if (step.kind === 'quarantine') continue
    const role = step.kind === 'release' ? 'released' : 'active'
    next.set(step.guildId, { guildId: step.guildId, epoch: step.epoch, role, moveId: null })
  }
  return next
}

test('reconciling with the same list again changes nothing more', () => {
  fc.assert(
    fc.property(rowsOf, assigned, (rows, list) => {
      const once = applied(rows, decideReconciliation(rows, list))
      expect(applied(once, decideReconciliation(once, list))).toEqual(once)
    }),
  )
})

test('I2: the epoch of a guild never falls', () => {
  fc.assert(
    fc.property(rowsOf, assigned, (rows, list) => {
      for (const next of applied(rows, decideReconciliation(rows, list)).values()) {
        expect(next.epoch).toBeGreaterThanOrEqual(rows.get(next.guildId)?.epoch ?? 0)
      }
    }),
  )
})

test('only guilds of the list are served, never from rows set aside, and no fence is lifted at its own epoch', () => {
  fc.assert(
    fc.property(rowsOf, assigned, (rows, list) => {
      const listed = new Map(list.map((one) => [one.guildId, one.epoch]))
      for (const next of applied(rows, decideReconciliation(rows, list)).values()) {
        const before = rows.get(next.guildId)
        if (next.role !== 'active') continue
        expect(listed.has(next.guildId)).toBe(true)
        expect(before?.role).not.toBe('set_aside')
        if (before && before.role !== 'active') expect(next.epoch).toBeGreaterThan(before.epoch)
      }
    }),
  )
})

test('a write is let in at exactly the epoch of an active guild', () => {
  fc.assert(
    fc.property(row, fc.option(epoch), (own, offered) => {
      const refusal = admit(own, offered, 'write')
      expect(refusal === null).toBe(own.role === 'active' && (offered === null || offered === own.epoch))
      if (offered !== null && offered < own.epoch) expect(refusal?.kind).toBe('StaleEpoch')
    }),
  )
})
