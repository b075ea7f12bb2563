import { type Gateway, gatewayIdOf, type GatewayStatus } from '@guildmesh/contracts'
import { expect, test } from 'vitest'
import { meshStatusOf } from './mesh-status.ts'

function gateway(ordinal: number, status: GatewayStatus, guildCount: number): Gateway {
  return {
    gatewayId: gatewayIdOf(ordinal),
    incarnation: { registration: 1, restart: 0 },
    address: 'ws://gateway:3000',
    region: 'here',
    version: '0.1.0',
    status,
    capacity: 1000,
    guildCount,
    lastHeartbeatAt: 1,
  }
}
const facts = { shards: { shardCount: null, shards: [] }, openMoves: [], assigned: 0, version: '0.1.0' }

test('guilds on a gateway that has lost its lease are unreachable', () => {
  const gateways = [gateway(0, 'active', 5), gateway(1, 'offline', 3), gateway(2, 'cordoned', 4)]
  expect(meshStatusOf({ ...facts, gateways, assigned: 12 }).guilds).toEqual({ assigned: 12, unreachable: 3 })
})

/** The imbalance of active gateways with so many guilds each. */
const imbalanceOf = (...counts: number[]) =>
  meshStatusOf({ ...facts, gateways: counts.map((count, ordinal) => gateway(ordinal, 'active', count)) })
    .imbalance

test('imbalance compares the fullest active gateway with the mean of the active ones', () => {
  expect(imbalanceOf(10, 10, 10)).toBe(1)
  expect(imbalanceOf(20, 5, 5)).toBe(2)
  expect(imbalanceOf(0, 0)).toBeNull()
  expect(imbalanceOf()).toBeNull()
})

test('a shard without a holder is not held', () => {
  const row = { epoch: 1, generation: 1, seq: 1, renewedAt: 1, parked: { lanes: 0, events: 0 } }
  const shards = {
    shardCount: 2,
    shards: [
      { shardId: 0, holder: gatewayIdOf(0), ...row },
      { shardId: 1, holder: null, ...row },
    ],
  }
  expect(meshStatusOf({ ...facts, gateways: [], shards }).shards).toEqual({ count: 2, held: 1 })
})
