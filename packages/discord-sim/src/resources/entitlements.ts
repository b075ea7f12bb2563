import type { APIEntitlement } from 'discord-api-types/v10'
import { unknownResource } from '../discord-error.ts'
import type { EntitlementState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import { isoTimestamp } from '../timestamp.ts'

/** An entitlement as Discord shows it. One without times is valid for ever. */
export function renderEntitlement(world: World, entitlement: EntitlementState): APIEntitlement {
  const { startsAtMs, endsAtMs, userId, guildId } = entitlement
  const text = (ms: number | null) => (ms === null ? null : isoTimestamp(ms))
  return {
    id: entitlement.id,
    sku_id: entitlement.skuId,
    application_id: world.app.id,
    // The API's schema demands a user even where a guild is the owner.
    user_id: userId ?? world.app.ownerId,
    type: entitlement.type,
    deleted: entitlement.deleted,
    starts_at: text(startsAtMs),
    ends_at: text(endsAtMs),
    consumed: entitlement.consumed,
    ...(guildId === null ? {} : { guild_id: guildId }),
  }
}

export function requireEntitlement(world: World, id: string): EntitlementState {
  const entitlement = world.app.entitlements.get(id)
  if (!entitlement) throw unknownResource('entitlement')
  return entitlement
}

export interface EntitlementInput {
  skuId: string
  userId?: string | null | undefined
  guildId?: string | null | undefined
  type: EntitlementState['type']
  endsAtMs?: number | null | undefined
}

/**
 * A user or guild gets something: ENTITLEMENT_CREATE. It carries the guild's id and yet comes on shard 0 alone:
 * "Gateway events that do not contain a guild_id will only be sent to the first shard … This includes Direct
 * Message (DM), subscription and entitlement events." https://docs.discord.com/developers/events/gateway#sharding
 */
export function createEntitlement(world: World, input: EntitlementInput): EntitlementState {
  const isForEver = input.type === 4
  const entitlement: EntitlementState = {
    id: world.ids.next(),
    skuId: input.skuId,
    userId: input.userId ?? null,
    guildId: input.guildId ?? null,
    type: input.type,
    startsAtMs: isForEver ? null : world.now(),
    endsAtMs: input.endsAtMs ?? null,
    deleted: false,
    consumed: false,
  }
  world.app.entitlements.set(entitlement.id, entitlement)
  world.bus.emit('ENTITLEMENT_CREATE', null, renderEntitlement(world, entitlement))
  return entitlement
}

/** A subscription ends: ENTITLEMENT_UPDATE with `ends_at`, the only update there is. */
export function endEntitlement(world: World, entitlement: EntitlementState, endsAtMs: number): void {
  entitlement.endsAtMs = endsAtMs
  world.bus.emit('ENTITLEMENT_UPDATE', null, renderEntitlement(world, entitlement))
}

/** A refund, or the end of one made for a test. "Entitlements are not deleted when they expire." */
export function deleteEntitlement(world: World, entitlement: EntitlementState): void {
  if (entitlement.deleted) return
  entitlement.deleted = true
  world.bus.emit('ENTITLEMENT_DELETE', null, renderEntitlement(world, entitlement))
}

/** What an interaction of this user in this guild carries: what is live of either. */
export function entitlementsFor(world: World, userId: string, guildId: string | null): APIEntitlement[] {
  return [...world.app.entitlements.values()]
    .filter((one) => !one.deleted && (one.endsAtMs === null || one.endsAtMs > world.now()))
    .filter((one) => one.userId === userId || (guildId !== null && one.guildId === guildId))
    .map((one) => renderEntitlement(world, one))
}
