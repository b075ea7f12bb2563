import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chainStart, extendChain, payloadHash } from './event-chain.ts'
import { EventLedger } from './event-ledger.ts'
import { judgeGuild } from './judge-guild.ts'
import type { BotGuildReport } from './judge-guild.ts'

const guildId = '42'
const history = fc.array(fc.nat(5), { minLength: 1, maxLength: 60 })
const event = (value: number) => ({ event: 'MESSAGE_CREATE', payloadHash: payloadHash({ value }) })

function ledgerOf(values: readonly number[], keptEvents: number): EventLedger {
  const ledger = new EventLedger(keptEvents)
  for (const [at, value] of values.entries()) ledger.record(guildId, 'MESSAGE_CREATE', { value }, at)
  return ledger
}

/** What a bot says that applied these values, with its events from `since` on. */
function claim(values: readonly number[], since = 0): BotGuildReport {
  const headOf = (list: readonly number[]) =>
    list.reduce((head, value) => {
      const next = event(value)
      return extendChain(head, next.event, next.payloadHash)
    }, chainStart(guildId))
  return {
    count: values.length,
    head: headOf(values),
    events: values.slice(since).map(event),
    since: { count: since, head: headOf(values.slice(0, since)) },
  }
}

const judge = (ledger: EventLedger, bot: BotGuildReport) => judgeGuild(ledger, guildId, bot, 1_000_000)

test('folding changes neither count nor head, and what is kept is the latest', () => {
  fc.assert(
    fc.property(history, fc.integer({ min: 1, max: 60 }), (values, keptEvents) => {
      const ledger = ledgerOf(values, keptEvents)
      expect(ledger.count(guildId)).toBe(values.length)
      expect(ledger.head(guildId)).toBe(claim(values).head)
      expect(ledger.folded(guildId).count).toBe(Math.max(0, values.length - keptEvents))
      const kept = values.slice(ledger.folded(guildId).count)
      expect(ledger.events(guildId)).toEqual(
        kept.map((value, index) => ({ ...event(value), sentAt: values.length - kept.length + index })),
      )
    }),
  )
})

test('what was applied as sent is clean, whatever either side has folded', () => {
  fc.assert(
    fc.property(history, fc.integer({ min: 1, max: 60 }), fc.nat(60), (values, keptEvents, since) => {
      const bot = claim(values, Math.min(since, values.length))
      const { same, missing, duplicated, foreign, outOfOrder } = judge(ledgerOf(values, keptEvents), bot)
      expect({ same, missing, duplicated, foreign, outOfOrder }).toEqual({
        same: true,
        missing: 0,
        duplicated: 0,
        foreign: 0,
        outOfOrder: 0,
      })
    }),
  )
})

/** Histories with a place in them: before and behind what is folded. */
const cases = fc.record({
  values: fc.uniqueArray(fc.nat(1_000), { minLength: 4, maxLength: 60 }),
  keptEvents: fc.integer({ min: 2, max: 60 }),
  place: fc.nat(),
})

test('one event lost, doubled, swapped or altered is found wherever it was', () => {
  fc.assert(
    fc.property(cases, ({ values, keptEvents, place }) => {
      const index = place % (values.length - 1)
      const ledger = ledgerOf(values, keptEvents)
      const pair = values.slice(index, index + 2)
      const verdicts = {
        lost: judge(ledger, claim(values.toSpliced(index, 1))),
        doubled: judge(ledger, claim(values.toSpliced(index, 0, ...pair.slice(0, 1)))),
        swapped: judge(ledger, claim(values.toSpliced(index, 2, ...pair.toReversed()))),
        altered: judge(ledger, claim(values.toSpliced(index, 1, 5_000))),
      }
      for (const verdict of Object.values(verdicts)) expect(verdict.same).toBe(false)
      expect(verdicts.lost).toMatchObject({ missing: 1, duplicated: 0 })
      // The repeat of an event that is folded by then cannot be told from one that was never sent.
      expect(verdicts.doubled.missing).toBe(0)
      expect(verdicts.doubled.duplicated + verdicts.doubled.foreign).toBe(1)
      expect(verdicts.swapped).toMatchObject({ missing: 0, duplicated: 0, outOfOrder: 1 })
      const isKept = index >= ledger.folded(guildId).count
      if (isKept) expect(verdicts.altered).toMatchObject({ missing: 1, foreign: 1 })
    }),
  )
})

test('what differs among the kept events is named by its place in the whole history', () => {
  const values = Array.from({ length: 100 }, (_, index) => index)
  const ledger = ledgerOf(values, 10)
  for (const since of [0, 50, 90, 93]) {
    const verdict = judge(ledger, claim(values.toSpliced(95, 1), since))
    expect(verdict).toMatchObject({ folded: 90, missing: 1, firstDifference: { index: 95 } })
  }
  expect(judge(ledger, claim(values.toSpliced(20, 1)))).toMatchObject({
    same: false,
    folded: 90,
    missing: 1,
    firstDifference: null,
  })
})

test('a bot that folded past a difference is not believed', () => {
  const values = Array.from({ length: 50 }, (_, index) => index)
  const verdict = judge(ledgerOf(values, 10), claim(values.toSpliced(5, 1, 7_777), 45))
  expect(verdict).toMatchObject({ same: false, outOfOrder: 1, firstDifference: null })
})

test('guilds share what is kept: the latest of all of them', () => {
  const ledger = new EventLedger(10)
  for (let index = 0; index < 100; index++)
    ledger.record(index < 95 ? 'a' : 'b', 'MESSAGE_CREATE', { index }, index)
  expect(ledger.events('a')).toHaveLength(5)
  expect(ledger.events('b')).toHaveLength(5)
  expect(ledger.folded('a').count).toBe(90)
  expect(ledger.folded('b').count).toBe(0)
})
