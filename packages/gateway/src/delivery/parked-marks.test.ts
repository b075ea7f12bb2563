import { gatewayIdOf, GuildId, type ParkedChanges } from '@guildmesh/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ParkedMarks } from './parked-marks.ts'

const self = gatewayIdOf(0)
const guild = (n: number) => GuildId.parse(`10000000000000000${n}`)

/** What the config API has stored. */
class Ledger {
  readonly rows = new Map<string, string>()

  store({ kept, gone }: ParkedChanges): void {
    for (const { guildId, keeper } of gone) this.rows.delete(`${guildId} ${keeper}`)
    for (const { guildId, through, events } of kept)
      this.rows.set(`${guildId} ${self}`, `${through.seq} ${events}`)
  }
}

type Step =
  | { readonly do: 'kept'; readonly guild: number; readonly seq: number; readonly events: number }
  | { readonly do: 'gone'; readonly guild: number; readonly keeper: number }
  | { readonly do: 'tell' }
  /** Stored there, while further changes happen here before the answer comes, or never comes. */
  | { readonly do: 'tell-slowly'; readonly meanwhile: readonly Step[]; readonly answered: boolean }

const change: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('kept' as const),
    guild: fc.nat(3),
    seq: fc.integer({ min: 1, max: 2 }),
    events: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ do: fc.constant('gone' as const), guild: fc.nat(3), keeper: fc.nat(1) }),
)
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { arbitrary: change, weight: 4 },
    { arbitrary: fc.record({ do: fc.constant('tell' as const) }), weight: 1 },
    {
      arbitrary: fc.record({
        do: fc.constant('tell-slowly' as const),
        meanwhile: fc.array(change, { maxLength: 4 }),
        answered: fc.boolean(),
      }),
      weight: 2,
    },
  ),
  { maxLength: 40 },
)

test('whatever calls fail or are answered late, each call brings the config API to what is parked now', () => {
  fc.assert(
    fc.property(steps, (script) => {
      const marks = new ParkedMarks(self)
      const ledger = new Ledger()
      const truth = new Map<string, string>()
      // Rows that other gateways keep were there before.
      for (const n of [0, 1, 2, 3]) {
        ledger.rows.set(`${guild(n)} ${gatewayIdOf(1)}`, 'theirs')
        truth.set(`${guild(n)} ${gatewayIdOf(1)}`, 'theirs')
      }
      const tell = () => {
        const changes = marks.changes()
        if (changes) ledger.store(changes)
        expect(ledger.rows).toEqual(truth)
        return changes
      }
      const run = (step: Step) => {
        if (step.do === 'kept') {
          const through = { generation: 1, seq: step.seq }
          marks.kept(guild(step.guild), { through, events: step.events })
          truth.set(`${guild(step.guild)} ${self}`, `${step.seq} ${step.events}`)
        } else if (step.do === 'gone') {
          marks.gone(guild(step.guild), gatewayIdOf(step.keeper))
          truth.delete(`${guild(step.guild)} ${gatewayIdOf(step.keeper)}`)
        } else {
          const told = tell()
          if (step.do === 'tell-slowly') for (const more of step.meanwhile) run(more)
          if (told && (step.do === 'tell' || step.answered)) marks.stored(told)
        }
      }
      for (const step of script) run(step)
      tell()
    }),
  )
})

test('what was confirmed is not told again', () => {
  const marks = new ParkedMarks(self)
  marks.kept(guild(1), { through: { generation: 1, seq: 5 }, events: 2 })
  marks.gone(guild(2), gatewayIdOf(1))
  const changes = marks.changes()
  expect(changes).not.toBeNull()
  if (changes) marks.stored(changes)
  expect(marks.changes()).toBeNull()
})
