import { PermissionFlagsBits } from 'discord-api-types/v10'
import { z } from 'zod'
import {
  createAutomodRule,
  deleteAutomodRule,
  requireAutomodRule,
  updateAutomodRule,
} from '../../resources/automod.ts'
import type { AutomodInput } from '../../resources/automod.ts'
import { requireInGuild } from '../../resources/permissions.ts'
import { parseForm, snowflake } from '../../forms/form.ts'
import { botActor } from '../rest-context.ts'
import type { RestContext } from '../rest-context.ts'
import { noContent, ok, param } from '../route.ts'
import type { RestRequest, Route } from '../route.ts'

const actionSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal(1),
    metadata: z.looseObject({ custom_message: z.string().max(150).nullish() }).default({}),
  }),
  z.object({ type: z.literal(2), metadata: z.object({ channel_id: snowflake }) }),
  z.object({
    type: z.literal(3),
    metadata: z.object({ duration_seconds: z.number().int().min(0).max(2_419_200) }),
  }),
  z.object({ type: z.literal(4), metadata: z.looseObject({}).default({}) }),
])
const metadataSchema = z.object({
  keyword_filter: z.array(z.string().max(60)).max(1_000).nullish(),
  regex_patterns: z.array(z.string().max(260)).max(10).nullish(),
  allow_list: z.array(z.string().max(60)).max(100).nullish(),
  presets: z.array(z.number().int().min(1).max(3)).nullish(),
  mention_total_limit: z.number().int().min(0).max(50).nullish(),
  mention_raid_protection_enabled: z.boolean().nullish(),
})
const ruleSchema = z.object({
  name: z.string().min(1).max(100),
  event_type: z.union([z.literal(1), z.literal(2)]),
  trigger_type: z.union([1, 3, 4, 5, 6].map((type) => z.literal(type))),
  trigger_metadata: metadataSchema.nullish(),
  actions: z.array(actionSchema).min(1).max(5),
  enabled: z.boolean().nullish(),
  exempt_roles: z.array(snowflake).max(20).nullish(),
  exempt_channels: z.array(snowflake).max(50).nullish(),
})
const patchSchema = ruleSchema.partial()

/** Only the fields that the rule's trigger has, each present. */
function triggerMetadata(triggerType: number, input: z.output<typeof metadataSchema>) {
  const words = { allow_list: input.allow_list ?? [] }
  if (triggerType === 4) return { ...words, presets: input.presets ?? [] }
  if (triggerType === 5) {
    return {
      mention_total_limit: input.mention_total_limit ?? 50,
      mention_raid_protection_enabled: input.mention_raid_protection_enabled ?? false,
    }
  }
  if (triggerType === 3) return {}
  return { ...words, keyword_filter: input.keyword_filter ?? [], regex_patterns: input.regex_patterns ?? [] }
}

/** The fields a form gave, in the form of a rule. `triggerType` of an existing rule cannot change. */
function toInput(fields: z.output<typeof patchSchema>, triggerType: number): Partial<AutomodInput> {
  const given = {
    ...(fields.name === undefined ? {} : { name: fields.name }),
    ...(fields.event_type === undefined ? {} : { event_type: fields.event_type }),
    ...(fields.actions === undefined ? {} : { actions: fields.actions }),
    ...(typeof fields.enabled === 'boolean' ? { enabled: fields.enabled } : {}),
    ...(fields.exempt_roles ? { exempt_roles: fields.exempt_roles } : {}),
    ...(fields.exempt_channels ? { exempt_channels: fields.exempt_channels } : {}),
    ...(fields.trigger_metadata
      ? { trigger_metadata: triggerMetadata(triggerType, fields.trigger_metadata) }
      : {}),
  }
  return given as Partial<AutomodInput>
}

export function automodRoutes(context: RestContext): Route[] {
  const { world } = context
  const base = '/guilds/:guild_id/auto-moderation/rules'

  function guildFor(request: RestRequest) {
    const guild = world.guild(param(request, 'guild_id'))
    requireInGuild(world, guild, world.app.botId, PermissionFlagsBits.ManageGuild)
    return guild
  }

  return [
    {
      method: 'GET',
      path: base,
      operation: 'list_auto_moderation_rules',
      auth: 'bot',
      handle: (request) => ok([...guildFor(request).automodRules.values()]),
    },
    {
      method: 'POST',
      path: base,
      operation: 'create_auto_moderation_rule',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request)
        const fields = parseForm(ruleSchema, request.body)
        const rule = {
          enabled: false,
          exempt_roles: [],
          exempt_channels: [],
          trigger_type: fields.trigger_type,
          ...toInput({ ...fields, trigger_metadata: fields.trigger_metadata ?? {} }, fields.trigger_type),
        }
        return ok(createAutomodRule(world, guild, rule as AutomodInput, botActor(context, request)))
      },
    },
    {
      method: 'GET',
      path: `${base}/:rule_id`,
      operation: 'get_auto_moderation_rule',
      auth: 'bot',
      handle: (request) => ok(requireAutomodRule(guildFor(request), param(request, 'rule_id'))),
    },
    {
      method: 'PATCH',
      path: `${base}/:rule_id`,
      operation: 'update_auto_moderation_rule',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request)
        const rule = requireAutomodRule(guild, param(request, 'rule_id'))
        const patch = toInput(parseForm(patchSchema, request.body), rule.trigger_type)
        return ok(updateAutomodRule(world, guild, rule, patch, botActor(context, request)))
      },
    },
    {
      method: 'DELETE',
      path: `${base}/:rule_id`,
      operation: 'delete_auto_moderation_rule',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request)
        deleteAutomodRule(
          world,
          guild,
          requireAutomodRule(guild, param(request, 'rule_id')),
          botActor(context, request),
        )
        return noContent()
      },
    },
  ]
}
