import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nextSession, sessionOf, type StoredSession } from './stored-session.ts'

const none: StoredSession = {
  generation: null,
  sessionId: null,
  resumeUrl: null,
  seq: null,
  endedGeneration: 0,
}
const reports = fc.array(
  fc.option(fc.record({ generation: fc.integer({ min: 1, max: 4 }), seq: fc.nat(50) }), {
    nil: null,
    freq: 6,
  }),
)

function apply(all: readonly ({ generation: number; seq: number } | null)[]): StoredSession[] {
  const states = [none]
  for (const report of all) {
    const session = report && {
      ...report,
      sessionId: `s${report.generation}`,
      resumeUrl: 'wss://gateway.discord.gg',
    }
    states.push(nextSession(states.at(-1) ?? none, session))
  }
  return states
}

test('whatever the order of reports: generations never fall, nor does the seq of a session', () => {
  fc.assert(
    fc.property(reports, (all) => {
      const positions = apply(all).flatMap(({ generation, seq }) =>
        generation === null || seq === null ? [] : [{ generation, seq }],
      )
      const sorted = positions.toSorted((a, b) => a.generation - b.generation || a.seq - b.seq)
      expect(positions).toEqual(sorted)
    }),
  )
})

test('a session that ended never comes back', () => {
  fc.assert(
    fc.property(reports, (all) => {
      for (const { generation, endedGeneration } of apply(all)) {
        expect(generation ?? Infinity).toBeGreaterThan(endedGeneration)
      }
    }),
  )
})

test('a session is whole or not there', () => {
  expect(sessionOf(none)).toBeNull()
  const stored = nextSession(none, { generation: 2, sessionId: 'a', resumeUrl: 'b', seq: 0 })
  expect(sessionOf(stored)).toEqual({ generation: 2, sessionId: 'a', resumeUrl: 'b', seq: 0 })
})
