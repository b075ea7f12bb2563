import { z } from 'zod'
import { DiscordError, unknownResource } from '../../discord-error.ts'
import { parseForm, queryBoolean, queryInteger, snowflake } from '../../forms/form.ts'
import {
  createEntitlement,
  deleteEntitlement,
  renderEntitlement,
  requireEntitlement,
} from '../../resources/entitlements.ts'
import { compareSnowflakes } from '../../snowflake.ts'
import type { EntitlementState } from '../../state/entities.ts'
import type { RestContext } from '../rest-context.ts'
import { noContent, ok, param } from '../route.ts'
import type { RestRequest, Route } from '../route.ts'

const listSchema = z.object({
  user_id: snowflake.optional(),
  guild_id: snowflake.optional(),
  sku_ids: z.string().optional(),
  before: snowflake.optional(),
  after: snowflake.optional(),
  limit: queryInteger(1, 100, 100),
  exclude_ended: queryBoolean.default(false),
  exclude_deleted: queryBoolean.default(true),
  only_active: queryBoolean.default(false),
})
const createSchema = z.object({
  sku_id: snowflake,
  owner_id: snowflake,
  owner_type: z.union([z.literal(1), z.literal(2)]),
})
const testModePurchase = 4

/** What users and guilds have bought of the application. Source: https://docs.discord.com/developers/resources/entitlement */
export function entitlementRoutes(context: RestContext): Route[] {
  const { world } = context
  const base = '/applications/:application_id/entitlements'

  function requireOwn(request: RestRequest): void {
    if (param(request, 'application_id') !== world.app.id) throw unknownResource('application')
  }

  function entitlementFor(request: RestRequest): EntitlementState {
    requireOwn(request)
    return requireEntitlement(world, param(request, 'entitlement_id'))
  }

  function list(request: RestRequest) {
    requireOwn(request)
    const query = parseForm(listSchema, request.query)
    const skus = query.sku_ids?.split(',')
    const { before, after } = query
    const found = [...world.app.entitlements.values()]
      .filter((one) => query.user_id === undefined || one.userId === query.user_id)
      .filter((one) => query.guild_id === undefined || one.guildId === query.guild_id)
      .filter((one) => skus === undefined || skus.includes(one.skuId))
      .filter((one) => !query.exclude_deleted || !one.deleted)
      .filter(
        (one) =>
          !(query.exclude_ended || query.only_active) || one.endsAtMs === null || one.endsAtMs > world.now(),
      )
      .filter((one) => before === undefined || compareSnowflakes(one.id, before) < 0)
      .filter((one) => after === undefined || compareSnowflakes(one.id, after) > 0)
    return ok(found.slice(0, query.limit).map((one) => renderEntitlement(world, one)))
  }

  return [
    { method: 'GET', path: base, operation: 'get_entitlements', auth: 'bot', handle: list },
    {
      method: 'GET',
      path: `${base}/:entitlement_id`,
      operation: 'get_entitlement',
      auth: 'bot',
      handle: (request) => ok(renderEntitlement(world, entitlementFor(request))),
    },
    {
      method: 'POST',
      path: base,
      operation: 'create_entitlement',
      auth: 'bot',
      handle: (request) => {
        requireOwn(request)
        const form = parseForm(createSchema, request.body)
        const owner =
          form.owner_type === 1
            ? { guildId: world.guild(form.owner_id).id }
            : { userId: world.user(form.owner_id).id }
        return ok(
          renderEntitlement(
            world,
            createEntitlement(world, { skuId: form.sku_id, type: testModePurchase, ...owner }),
          ),
        )
      },
    },
    {
      method: 'POST',
      path: `${base}/:entitlement_id/consume`,
      operation: 'consume_entitlement',
      auth: 'bot',
      handle: (request) => {
        entitlementFor(request).consumed = true
        return noContent()
      },
    },
    {
      method: 'DELETE',
      path: `${base}/:entitlement_id`,
      operation: 'delete_entitlement',
      auth: 'bot',
      handle: (request) => {
        const entitlement = entitlementFor(request)
        if (entitlement.type !== testModePurchase)
          throw new DiscordError(403, 40019, 'You can only delete sandbox entitlements.')
        deleteEntitlement(world, entitlement)
        return noContent()
      },
    },
  ]
}
