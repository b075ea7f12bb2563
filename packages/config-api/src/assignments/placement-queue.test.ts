import { type Assignment, gatewayIdOf, GuildId } from '@guildmesh/contracts'
import { expect, test } from 'vitest'
import { PlacementQueue } from './placement-queue.ts'

function guild(number: number): GuildId {
  return GuildId.parse((100_000_000_000_000_000n + BigInt(number)).toString())
}

function assigned(guildId: GuildId): Assignment {
  return { guildId, gatewayId: gatewayIdOf(0), epoch: 1, assignedAt: 0 }
}

/** A queue whose placements end when the test says so. */
function heldQueue() {
  const batches: { guildIds: readonly GuildId[]; end(): void; fail(error: Error): void }[] = []
  const queue = new PlacementQueue((guildIds) => {
    const ended = Promise.withResolvers<ReadonlyMap<GuildId, Assignment>>()
    batches.push({
      guildIds,
      end: () => ended.resolve(new Map(guildIds.map((guildId) => [guildId, assigned(guildId)]))),
      fail: ended.reject,
    })
    return ended.promise
  })
  return { queue, batches }
}

test('guilds that ask while a placement is under way are placed with the next one, each once', async () => {
  const { queue, batches } = heldQueue()
  const first = queue.place(guild(1))
  await expect.poll(() => batches.length).toBe(1)
  const later = [queue.place(guild(2)), queue.place(guild(3)), queue.place(guild(2))]
  batches[0]?.end()
  expect(await first).toEqual(assigned(guild(1)))
  await expect.poll(() => batches.length).toBe(2)
  expect(batches[1]?.guildIds).toEqual([guild(2), guild(3)])
  batches[1]?.end()
  expect(await Promise.all(later)).toEqual([2, 3, 2].map((number) => assigned(guild(number))))
})

test('a placement that fails rejects those who wait for it, and nobody after them', async () => {
  const { queue, batches } = heldQueue()
  const failing = queue.place(guild(1))
  await expect.poll(() => batches.length).toBe(1)
  const next = queue.place(guild(2))
  batches[0]?.fail(new Error('no gateway'))
  await expect(failing).rejects.toThrow('no gateway')
  await expect.poll(() => batches.length).toBe(2)
  batches[1]?.end()
  expect(await next).toEqual(assigned(guild(2)))
})

test('a guild without an answer is an error, not a wait for ever', async () => {
  const queue = new PlacementQueue(async () => new Map())
  await expect(queue.place(guild(1))).rejects.toThrow(/no owner/)
})

test('no batch is larger than 200', async () => {
  const { queue, batches } = heldQueue()
  const all = Array.from({ length: 450 }, (_, index) => queue.place(guild(index)))
  for (const size of [200, 200, 50]) {
    await expect.poll(() => batches.length).toBeGreaterThan(0)
    const batch = batches.shift()
    expect(batch?.guildIds).toHaveLength(size)
    batch?.end()
  }
  expect(await Promise.all(all)).toHaveLength(450)
})
