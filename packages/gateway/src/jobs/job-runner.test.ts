import { put } from '@guildmesh/guild-store'
import { expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { message } from '@guildmesh/bot/testing'
import { guildA, guildB, TestOwner } from '../../test/owner-side/test-owner.ts'
import { type Feature, on } from '@guildmesh/bot'
import { decideAfterJobFailure, mostJobAttempts } from './decide-after-job-failure.ts'

const minuteMs = 60_000

/** Each message asks for a note a minute later; "broken" ones fail then, "again" ones come back once. */
const reminder: Feature = {
  name: 'reminder',
  events: [
    on('MESSAGE_CREATE', ({ content }, { now }) => ({
      jobs: [{ id: content, name: 'remind', payload: { content, round: 1 }, dueAt: now + minuteMs }],
    })),
  ],
  jobs: [
    {
      name: 'remind',
      handle(payload, { now }) {
        const text = JSON.stringify(payload)
        if (text.includes('broken')) throw new Error('cannot remind')
        const again = text.includes('again') && text.includes('"round":1')
        return {
          rows: [put('documentChannels', { channelId: text, name: text, type: 0, position: 0, payload: {} })],
          jobs: again
            ? [
                {
                  id: 'again',
                  name: 'remind',
                  payload: { content: 'again', round: 2 },
                  dueAt: now + minuteMs,
                },
              ]
            : [],
        }
      },
    },
  ],
}

const notes = (gateway: TestOwner, guildId = guildA) =>
  gateway.rows(guildId, (rows) => rows.list('documentChannels').map((row) => JSON.parse(row.name)))
const jobs = (gateway: TestOwner) => gateway.rows(guildA, (rows) => rows.list('jobs'))
const say = (gateway: TestOwner, content: string, guildId = guildA) =>
  gateway.deliver(guildId, ['MESSAGE_CREATE', message(1, { content })])

test('a job runs when it is due, once, also when the gateway was down at that time', async () => {
  await using gateway = new TestOwner({ features: [reminder] })
  await say(gateway, 'tea')
  gateway.start()
  expect(gateway.store.index.nextJobAt()).toBe(gateway.now + minuteMs)
  expect(notes(gateway)).toEqual([])
  await gateway.restart()
  gateway.now += minuteMs
  gateway.start()
  await eventually(() => notes(gateway).length > 0)
  expect(notes(gateway)).toEqual([{ content: 'tea', round: 1 }])
  expect(jobs(gateway)).toEqual([])
})

test('a job may schedule itself anew', async () => {
  await using gateway = new TestOwner({ features: [reminder] })
  await say(gateway, 'again')
  gateway.now += minuteMs
  gateway.start()
  await eventually(() => notes(gateway).length === 1)
  gateway.now += minuteMs
  await eventually(() => notes(gateway).length === 2)
  expect(jobs(gateway)).toEqual([])
})

test('a job that keeps failing is left dead, and the jobs of others run', async () => {
  await using gateway = new TestOwner({ features: [reminder] })
  await say(gateway, 'broken')
  await say(gateway, 'tea', guildB)
  gateway.now += minuteMs
  gateway.start()
  await eventually(() => notes(gateway, guildB).length > 0)
  await eventually(async () => {
    gateway.now += 60 * minuteMs
    await say(gateway, 'wakes the runner', guildB)
    return jobs(gateway)[0]?.state === 'dead'
  })
  expect(jobs(gateway)).toEqual([
    expect.objectContaining({ attempts: mostJobAttempts, error: 'Error: cannot remind' }),
  ])
  expect(notes(gateway)).toEqual([])
})

test('jobs of a guild that is served elsewhere do not run here', async () => {
  await using gateway = new TestOwner({ features: [reminder] })
  await say(gateway, 'tea')
  await say(gateway, 'tea', guildB)
  gateway.owner.reconcile([{ guildId: guildB, epoch: 1 }])
  gateway.now += minuteMs
  gateway.start()
  await eventually(() => notes(gateway, guildB).length > 0)
  expect(gateway.store.countData(guildA)).toMatchObject({ jobs: 1 })
})

test('attempts are spread over time, then end', () => {
  expect([1, 2, 3, 4, 5].map((attempts) => decideAfterJobFailure(attempts, 0))).toEqual([
    { state: 'waiting', dueAt: 1000 },
    { state: 'waiting', dueAt: 4000 },
    { state: 'waiting', dueAt: 16_000 },
    { state: 'waiting', dueAt: 64_000 },
    { state: 'dead', dueAt: 0 },
  ])
})
