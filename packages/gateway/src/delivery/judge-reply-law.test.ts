import { type GatewayId, gatewayIdOf, GuildId } from '@guildmesh/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countsAck, countsReply } from './judge-reply.ts'
import type { Route } from './routes-port.ts'

const guildId = GuildId.parse('100000000000000001')
const gateways = [gatewayIdOf(0), gatewayIdOf(1), gatewayIdOf(2)] as const

type Step =
  | { readonly do: 'move'; readonly to: number }
  /** A gateway learns that the guild is its own by now, or somebody else's. */
  | { readonly do: 'hear'; readonly gateway: number }
  /** A gateway is superseded by an incarnation on a copy of its data as it is now. */
  | { readonly do: 'restart'; readonly gateway: number }
  | { readonly do: 'table-hears' }
  | { readonly do: 'send'; readonly toFormer: boolean }
  | { readonly do: 'answer'; readonly pick: number }

const gateway = fc.nat(gateways.length - 1)
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { arbitrary: fc.record({ do: fc.constant('move' as const), to: gateway }), weight: 2 },
    { arbitrary: fc.record({ do: fc.constant('hear' as const), gateway }), weight: 2 },
    { arbitrary: fc.record({ do: fc.constant('restart' as const), gateway }), weight: 1 },
    { arbitrary: fc.record({ do: fc.constant('table-hears' as const) }), weight: 3 },
    { arbitrary: fc.record({ do: fc.constant('send' as const), toFormer: fc.boolean() }), weight: 4 },
    { arbitrary: fc.record({ do: fc.constant('answer' as const), pick: fc.nat() }), weight: 4 },
  ),
  { maxLength: 80, size: 'max' },
)

/** One incarnation of a gateway, with its own copy of the guild: how many events are committed there, at which epoch. */
interface Incarnated {
  readonly gatewayId: GatewayId
  readonly registration: number
  epoch: number
  committed: number
}

/** An acknowledgement on its way: of whom, for what, and what the events were sent by. */
interface Answer {
  readonly by: Incarnated
  readonly sent: Route
  readonly epoch: number
  readonly applied: number
}

interface Judge {
  readonly countsReply: typeof countsReply
  readonly countsAck: typeof countsAck
}

/**
 * Guilds move and gateways are superseded while batches and acknowledgements are on their way, however late; a gateway
 * that was paused may still commit at the epoch it knows. Once the routing table is up to date,
 * - what counts is committed where the guild is now: nothing else may be forgotten by the holder (I3);
 * - what the present owner states at the present epoch counts: else the lane would wait for ever.
 */
function law({ countsReply: isReply, countsAck: isAck }: Judge): fc.IProperty<[Step[]]> {
  return fc.property(steps, (script) => {
    const incarnations = gateways.map((gatewayId): Incarnated[] => [
      { gatewayId, registration: 1, epoch: gatewayId === gateways[0] ? 1 : 0, committed: 0 },
    ])
    const latest = (index: number): Incarnated => lastOf(incarnations[index])
    let owner = { index: 0, epoch: 1 }
    let table: Route = { gatewayId: gateways[0], epoch: 1 }
    let known = [1, 1, 1]
    const answers: Answer[] = []
    const hear = (index: number) => {
      const one = latest(index)
      one.epoch = owner.index === index ? owner.epoch : 0
    }
    for (const step of script) {
      if (step.do === 'move') {
        const { committed } = latest(owner.index)
        owner = { index: step.to, epoch: owner.epoch + 1 }
        latest(step.to).committed = committed
        hear(step.to)
      } else if (step.do === 'hear') hear(step.gateway)
      else if (step.do === 'restart') {
        const before = latest(step.gateway)
        incarnations[step.gateway]?.push({ ...before, registration: before.registration + 1 })
      } else if (step.do === 'table-hears') {
        table = { gatewayId: gatewayAt(owner.index), epoch: owner.epoch }
        known = incarnations.map((each) => lastOf(each).registration)
      } else if (step.do === 'send') {
        const index = gateways.indexOf(table.gatewayId)
        const one = step.toFormer ? (incarnations[index]?.at(-2) ?? latest(index)) : latest(index)
        if (one.epoch === 0) continue
        one.committed += 1
        answers.push({ by: one, sent: table, epoch: one.epoch, applied: one.committed })
      } else {
        const [answer] = answers.splice(step.pick % Math.max(1, answers.length), 1)
        const isCurrent =
          table.epoch === owner.epoch && known.every((n, index) => n === latest(index).registration)
        if (answer && isCurrent) judged(answer)
      }
    }

    function judged({ by, sent, epoch, applied }: Answer): void {
      const sentTo = gateways.indexOf(sent.gatewayId)
      const counts =
        isReply(
          { gatewayId: by.gatewayId, incarnation: incarnation(by.registration) },
          sent.gatewayId,
          incarnation(known[sentTo] ?? 0),
        ) &&
        isAck(
          { outcome: 'accepted', guildId, epoch, applied: { generation: 1, seq: applied }, durable: null },
          sent,
          table,
        )
      const present = latest(owner.index)
      if (counts) expect(applied).toBeLessThanOrEqual(present.committed)
      if (by === present && epoch === owner.epoch && sent.gatewayId === table.gatewayId) {
        expect(counts).toBe(true)
      }
    }
  })
}

const real: Judge = { countsReply, countsAck }
const options = { seed: 5, numRuns: 2000 }

test('what counts is committed where the guild is now, and what its owner states does count (I3)', () => {
  expect(() => fc.assert(law(real), options)).not.toThrow()
})

const mutants: [string, Partial<Judge>][] = [
  ['counts whatever is acknowledged', { countsAck: () => true }],
  [
    'looks at the gateway and not at the epoch',
    { countsAck: (_ack, sent, now) => now?.gatewayId === sent.gatewayId },
  ],
  [
    'looks at the epoch and not at the gateway',
    { countsAck: (ack, _sent, now) => ack.epoch >= (now?.epoch ?? 0) - 1 },
  ],
  ['compares with the epoch of the sending only', { countsAck: (ack, sent) => ack.epoch >= sent.epoch }],
  [
    'wants the very epoch of the sending',
    { countsAck: (ack, sent, now) => ack.epoch === sent.epoch && countsAck(ack, sent, now) },
  ],
  [
    'counts replies of incarnations that were superseded',
    { countsReply: (owner, sentTo) => owner.gatewayId === sentTo },
  ],
  [
    'wants a later incarnation than the one that is known',
    {
      countsReply: (owner, sentTo, known) =>
        owner.gatewayId === sentTo && owner.incarnation.registration > (known?.registration ?? 0),
    },
  ],
]

test.each(mutants)('the law catches a judge that %s', (_name, mutant) => {
  expect(fc.check(law({ ...real, ...mutant }), options).failed).toBe(true)
})

const incarnation = (registration: number) => ({ registration, restart: 0 })

function gatewayAt(index: number): GatewayId {
  const gatewayId = gateways[index]
  if (gatewayId === undefined) throw new RangeError(`there is no gateway ${index}`)
  return gatewayId
}

function lastOf(incarnations: readonly Incarnated[] | undefined): Incarnated {
  const one = incarnations?.at(-1)
  if (one === undefined) throw new Error('a gateway without an incarnation')
  return one
}
