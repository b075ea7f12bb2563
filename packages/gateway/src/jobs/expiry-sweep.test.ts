import { insert } from '@guildmesh/guild-store'
import { expect, test } from 'vitest'
import { gatewayId, guildA, guildB, TestOwner } from '../../test/owner-side/test-owner.ts'
import { GroupCommit } from '../commit/group-commit.ts'
import { ExpirySweep } from './expiry-sweep.ts'

test('answers and drafts go when their time is over, and not before', async () => {
  await using gateway = new TestOwner()
  const { store, metrics } = gateway
  const clock = { now: () => gateway.now, monotonicMs: () => performance.now() }
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const commits = new GroupCommit({ store, gatewayId, mayServe: () => true, clock, log, metrics })
  const sweep = new ExpirySweep({ store, commits, clock, log })
  for (const guildId of [guildA, guildB]) {
    await commits.run({
      guildId,
      epoch: 1,
      run: (writer) =>
        writer.apply([
          insert('interactions', { interactionId: '1', answer: { type: 4 }, expiresAt: gateway.now + 10 }),
          insert('interactions', { interactionId: '2', answer: { type: 4 }, expiresAt: gateway.now + 20 }),
          insert('setupDrafts', {
            draftId: '1',
            userId: '1',
            revision: 0,
            choices: {},
            expiresAt: gateway.now + 10,
          }),
        ]),
    })
  }
  const left = () =>
    [guildA, guildB].map((guildId) =>
      gateway.rows(guildId, (rows) => [rows.count('interactions'), rows.count('setupDrafts')]),
    )
  await sweep.sweep()
  expect(left()).toEqual([
    [2, 1],
    [2, 1],
  ])
  gateway.now += 10
  await sweep.sweep()
  expect(left()).toEqual([
    [1, 0],
    [1, 0],
  ])
})
