import { createSimClient } from '@guildmesh/discord-sim/client'
import { expect, inject, test } from 'vitest'
import { adminClient, ownersOf } from './admin-client.ts'
import { queryGateways } from './gateway-rows.ts'
import { talkativeGuilds } from './simulated-people.ts'

const mesh = inject('mesh')
const sim = createSimClient(mesh.simulatorUrl)

test('messages in 30 guilds are each applied once, by the gateway that owns the guild (I3, I8)', async () => {
  const guilds = await talkativeGuilds(sim, 30)
  const sent = new Map<string, string>()
  for (const round of [1, 2, 3]) {
    for (const { guildId, channelId, memberId } of guilds) {
      const message = await sim.sendMessage({
        channelId,
        userId: memberId,
        content: `round ${round} in ${guildId}`,
      })
      sent.set(message.id, guildId)
    }
  }
  const found = () =>
    queryGateways(mesh.stateDir, 'SELECT guild_id, message_id FROM message_stats').filter(({ row }) =>
      sent.has(String(row['message_id'])),
    )
  await expect.poll(() => found().length, { timeout: 45_000 }).toBe(sent.size)

  const rows = found()
  expect(new Set(rows.map(({ row }) => row['message_id']))).toEqual(new Set(sent.keys()))
  const owners = await ownersOf(adminClient(mesh))
  const misplaced = rows.filter(
    ({ gatewayId, row }) =>
      row['guild_id'] !== sent.get(String(row['message_id'])) ||
      [...owners].find(([guildId]) => guildId === row['guild_id'])?.[1] !== gatewayId,
  )
  expect(misplaced).toEqual([])
  expect(new Set(rows.map(({ gatewayId }) => gatewayId)).size).toBe(3)
})

test('every shard has one holder, and holders relay to owners elsewhere', async () => {
  const { shards } = await adminClient(mesh).shards.query()
  expect(shards.map(({ shardId }) => shardId)).toEqual([0, 1, 2])
  expect(shards.every(({ holder }) => holder !== null)).toBe(true)
})
