import type { GatewayId } from '@guildmesh/contracts'
import { planShards, type ShardPlan } from '@guildmesh/placement'
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Queries } from '../database/database.ts'
import { gateways, shardLeases } from '../database/schema.ts'

/** A gateway's part of the plan that every gateway gets a part of. */
export async function readPlan(tx: Queries, gatewayId: GatewayId): Promise<ShardPlan> {
  const shards = await tx
    .select({
      shardId: shardLeases.shardId,
      holder: shardLeases.holder,
      lastHolder: shardLeases.lastHolder,
    })
    .from(shardLeases)
  const participants = await tx
    .select({ gatewayId: gateways.gatewayId })
    .from(gateways)
    .where(
      and(
        inArray(gateways.status, ['active', 'cordoned']),
        eq(gateways.holdsShardsAs, gateways.registration),
        sql`${gateways.leftShardsAs} IS DISTINCT FROM ${gateways.registration}`,
      ),
    )
  return planShards(
    gatewayId,
    shards,
    participants.map((row) => row.gatewayId),
  )
}
