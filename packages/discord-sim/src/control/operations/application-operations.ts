import { z } from 'zod'
import { SimError } from '../../discord-error.ts'
import { webhookEventTypes } from '../../resources/webhook-event-types.ts'
import type { WebhookEvents } from '../../interactions/webhook-events.ts'
import { setCommandPermissions } from '../../resources/command-permissions.ts'
import {
  createEntitlement,
  deleteEntitlement,
  endEntitlement,
  renderEntitlement,
  requireEntitlement,
} from '../../resources/entitlements.ts'
import { isSnowflake } from '../../snowflake.ts'
import type { World } from '../../state/world.ts'
import { operation } from '../operation.ts'

const id = z.string().refine(isSnowflake, 'must be a snowflake')

/** What concerns the application as a whole: what is bought of it, its webhook events, who may use its commands. */
export function applicationOperations(world: World, webhookEvents: WebhookEvents) {
  return {
    /** Points webhook events at a URL, checked by a PING and a bad signature unless `verify` is false. */
    setEventWebhooks: operation(
      z.object({
        url: z.url().nullable(),
        types: z.array(z.enum(webhookEventTypes)).default([...webhookEventTypes]),
        verify: z.boolean().default(true),
      }),
      async (input) => {
        if (input.verify) await webhookEvents.save(input.url)
        Object.assign(world.app.eventWebhooks, {
          url: input.url,
          types: input.types,
          status: input.url === null ? 1 : 2,
        })
        return { ...world.app.eventWebhooks }
      },
    ),
    /** What became of webhook events: posts (repeats among them), delivered, given up; 3 is disabled by Discord. */
    webhookEvents: operation(z.object({}), () => ({
      ...webhookEvents.counts,
      waiting: webhookEvents.waiting,
      status: world.app.eventWebhooks.status,
    })),
    /** A user or a guild gets something: `type` 8 is a subscription, 1 a purchase, 4 one made for a test. */
    createEntitlement: operation(
      z.object({
        skuId: id,
        userId: id.optional(),
        guildId: id.optional(),
        type: z.union([z.literal(1), z.literal(3), z.literal(4), z.literal(8)]).default(8),
      }),
      (input) => {
        if ((input.userId ?? input.guildId) === undefined) throw new SimError('name a user or a guild')
        return renderEntitlement(world, createEntitlement(world, input))
      },
    ),
    /** A subscription ends after so many milliseconds. */
    endEntitlement: operation(z.object({ entitlementId: id, inMs: z.number().default(0) }), (input) => {
      const entitlement = requireEntitlement(world, input.entitlementId)
      endEntitlement(world, entitlement, world.now() + input.inMs)
      return renderEntitlement(world, entitlement)
    }),
    deleteEntitlement: operation(z.object({ entitlementId: id }), (input) => {
      deleteEntitlement(world, requireEntitlement(world, input.entitlementId))
      return { deleted: input.entitlementId }
    }),
    /** The guild decides who may use a command (or, with the application's id, all): an empty list decides nothing. */
    setCommandPermissions: operation(
      z.object({
        guildId: id,
        commandId: id,
        permissions: z
          .array(
            z.object({
              id,
              type: z.union([z.literal(1), z.literal(2), z.literal(3)]),
              permission: z.boolean(),
            }),
          )
          .max(100),
      }),
      (input) => {
        setCommandPermissions(world, world.guild(input.guildId), input.commandId, input.permissions)
        return { permissions: input.permissions.length }
      },
    ),
    /** The user installs the application for themselves, so that its commands follow them anywhere. */
    installForUser: operation(z.object({ userId: id, installed: z.boolean().default(true) }), (input) => {
      const user = world.user(input.userId)
      const isNew = input.installed !== world.app.userInstalls.has(user.id)
      if (input.installed) world.app.userInstalls.add(user.id)
      else world.app.userInstalls.delete(user.id)
      if (isNew && input.installed)
        webhookEvents.send('APPLICATION_AUTHORIZED', {
          integration_type: 1,
          user,
          scopes: ['applications.commands'],
        })
      else if (isNew) webhookEvents.send('APPLICATION_DEAUTHORIZED', { user })
      return { installed: input.installed }
    }),
  }
}
