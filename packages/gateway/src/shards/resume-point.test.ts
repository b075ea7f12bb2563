import { gatewayIdOf, GuildId, type ShardLease, type ShardSession } from '@guildmesh/contracts'
import { expect, test } from 'vitest'
import { resumePoint } from './resume-point.ts'

const [self, other] = [gatewayIdOf(0), gatewayIdOf(1)]
const guild = (n: number) => GuildId.parse(`10000000000000000${n}`)
const at = (generation: number, seq: number) => ({ generation, seq })
const session = (generation: number, seq: number): ShardSession => ({
  ...at(generation, seq),
  sessionId: `s${generation}`,
  resumeUrl: 'wss://resume.invalid',
})
const lease = (parts: Partial<ShardLease>): ShardLease => ({
  shardId: 0,
  shardCount: 1,
  holder: self,
  epoch: 2,
  session: null,
  endedGeneration: 0,
  parked: [],
  ...parts,
})
const mark = (n: number, keeper = self, through = at(1, 40)) => ({
  guildId: guild(n),
  keeper,
  through,
  events: 1,
})

test.each([
  ['nothing is known anywhere', null, null, 0, null],
  ['only the config API knows', session(3, 40), null, 0, session(3, 40)],
  ['the volume was told later in the same session', session(3, 40), session(3, 50), 0, session(3, 50)],
  ['the shard went on elsewhere', session(3, 40), session(3, 30), 0, session(3, 40)],
  ['a session began while the config API was away', session(3, 40), session(4, 2), 0, session(4, 2)],
  ['a new session began elsewhere', session(5, 1), session(4, 90), 4, session(5, 1)],
  ['the session of the volume ended elsewhere', null, session(4, 90), 4, null],
  ['the config API never heard of the session', null, session(4, 9), 3, session(4, 9)],
])('%s', (_name, stored, local, endedGeneration, expected) => {
  const point = resumePoint(self, lease({ session: stored, endedGeneration }), { session: local, parked: [] })
  expect(point.session).toEqual(expected)
})

test('parked events count as far as the checkpoint has passed them; what comes after it comes again from Discord', () => {
  const parked = [
    { guildId: guild(1), through: at(1, 40) },
    { guildId: guild(2), through: at(1, 44) },
    { guildId: guild(3), through: at(1, 20) },
  ]
  const point = resumePoint(self, lease({ session: session(1, 41), parked: [mark(1), mark(2)] }), {
    session: null,
    parked,
  })
  expect(point.drop).toEqual([
    { guildId: guild(2), after: at(1, 40) },
    // Nobody waits for these any more: they were delivered, or copied, by another holder.
    { guildId: guild(3), after: null },
  ])
})

test('where the volume is ahead, what it parked up to there counts too', () => {
  const local = {
    session: session(1, 60),
    parked: [
      { guildId: guild(1), through: at(1, 55) },
      { guildId: guild(2), through: at(1, 61) },
    ],
  }
  const point = resumePoint(self, lease({ session: session(1, 41), parked: [mark(1)] }), local)
  expect(point.drop).toEqual([{ guildId: guild(2), after: at(1, 60) }])
})

test('lanes that should lie here and do not are named; those of other keepers are no concern of this volume', () => {
  const point = resumePoint(self, lease({ parked: [mark(1), mark(2, other), mark(3)] }), {
    session: null,
    parked: [{ guildId: guild(3), through: at(1, 40) }],
  })
  expect(point.vanished).toEqual([guild(1)])
})

test('a lane begins after its parked events, even if they lie after the checkpoint; one that vanished begins at the checkpoint', () => {
  const parked = [
    mark(1, self, at(1, 44)),
    mark(2, other, at(1, 44)),
    mark(3, self, at(1, 44)),
    mark(4, self, at(1, 8)),
  ]
  const point = resumePoint(self, lease({ session: session(1, 41), parked }), {
    session: null,
    parked: [{ guildId: guild(1), through: at(1, 44) }],
  })
  expect(point.drop).toEqual([])
  expect(point.inherited.map(({ guildId, through }) => [guildId, through])).toEqual([
    [guild(1), at(1, 44)],
    [guild(2), at(1, 44)],
    [guild(3), at(1, 41)],
    [guild(4), at(1, 8)],
  ])
})
