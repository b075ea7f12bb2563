import { Epoch, GatewayId, Incarnation, ShardId } from '../ids.ts'

/** Fields of an input in which a gateway acts for itself. */
export const actingGateway = { gatewayId: GatewayId, incarnation: Incarnation }

/** Fields of an input about a shard of which the caller has the lease. */
export const shardClaim = { ...actingGateway, shardId: ShardId, epoch: Epoch }
