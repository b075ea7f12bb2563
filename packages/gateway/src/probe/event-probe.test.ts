import { chainStart, extendChain, payloadHash } from '@guildmesh/discord-sim'
import { expect, test } from 'vitest'
import {
  call,
  type Dispatch,
  failureOf,
  guildA,
  guildB,
  TestOwner,
} from '../../test/owner-side/test-owner.ts'
import { type Feature, on } from '@guildmesh/bot'

const typing = (n: number): Dispatch => ['TYPING_START', { guild_id: guildA, n }]

/** The chain of these events, as the oracle has it. */
function chainOf(guildId: string, events: readonly Dispatch[]): string {
  return events.reduce(
    (head, [type, data]) => extendChain(head, type, payloadHash(data)),
    chainStart(guildId),
  )
}

test('each event is in its guild’s chain once and in order, repeated deliveries and restarts or not', async () => {
  await using owner = new TestOwner({ eventProbe: true })
  const events = [1, 2, 3, 4].map(typing)
  await owner.deliver(guildA, ...events.slice(0, 2))
  await owner.deliverAt(guildA, 0, ...events.slice(0, 3))
  await owner.restart()
  await owner.deliverAt(guildA, 2, ...events.slice(2))
  const { probing, chains } = await owner.owner.port.probe.chains({ guildIds: [guildA, guildB] }, call())
  expect(probing).toBe(true)
  expect(chains).toEqual([
    {
      guildId: guildA,
      epoch: 1,
      events: 4,
      head: chainOf(guildA, events),
      position: { generation: 1, seq: 4 },
    },
  ])
})

test('an event whose handler failed is in the chain; a snapshot is not', async () => {
  const failing: Feature = {
    name: 'failing',
    events: [
      on('TYPING_START', () => {
        throw new Error('always')
      }),
    ],
  }
  await using owner = new TestOwner({ eventProbe: true, features: [failing] })
  await owner.deliver(guildA, typing(1), ['GUILD_DELETE', { id: guildA, unavailable: true }], typing(2))
  const { chains } = await owner.owner.port.probe.chains({ guildIds: [guildA] }, call())
  expect(chains[0]).toMatchObject({ events: 2, head: chainOf(guildA, [typing(1), typing(2)]) })
})

test('a gateway that is not probed keeps no chain and says so', async () => {
  await using owner = new TestOwner()
  await owner.deliver(guildA, typing(1))
  expect(await owner.owner.port.probe.chains({ guildIds: [guildA] }, call())).toEqual({
    probing: false,
    chains: [],
  })
  expect(owner.rows(guildA, (rows) => rows.count('eventChains'))).toBe(0)
})

test('nothing is told while the lease does not let the gateway serve', async () => {
  await using owner = new TestOwner({ eventProbe: true })
  await owner.deliver(guildA, typing(1))
  owner.serving = false
  const failure = await failureOf(owner.owner.port.probe.chains({ guildIds: [guildA] }, call()))
  expect(failure.kind).toBe('Unavailable')
})
