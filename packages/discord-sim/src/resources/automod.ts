import { AuditLogEvent, EmbedType, MessageType, PermissionFlagsBits } from 'discord-api-types/v10'
import type { APIAutoModerationAction, APIAutoModerationRule } from 'discord-api-types/v10'
import type { ChannelState, GuildState, MemberState, MessageState } from '../state/entities.ts'
import type { Actor, World } from '../state/world.ts'
import { DiscordError, unknownResource } from '../discord-error.ts'
import { auditDifference, recordAudit } from './audit-log.ts'
import { updateMember } from './members.ts'
import { createMessage } from './messages.ts'
import { channelPermissions } from './permissions.ts'

/** Trigger types: 1 keyword, 3 spam, 4 keyword preset, 5 mention spam, 6 member profile. */
const mostRules: Record<number, number> = { 1: 6, 3: 1, 4: 1, 5: 1, 6: 1 }

export type AutomodInput = Pick<
  APIAutoModerationRule,
  | 'name'
  | 'event_type'
  | 'trigger_type'
  | 'trigger_metadata'
  | 'actions'
  | 'enabled'
  | 'exempt_roles'
  | 'exempt_channels'
>

export function requireAutomodRule(guild: GuildState, id: string): APIAutoModerationRule {
  const rule = guild.automodRules.get(id)
  if (!rule) throw unknownResource('automodRule')
  return rule
}

export function createAutomodRule(
  world: World,
  guild: GuildState,
  input: AutomodInput,
  actor: Actor,
): APIAutoModerationRule {
  const most = mostRules[input.trigger_type] ?? 1
  const present = [...guild.automodRules.values()].filter((rule) => rule.trigger_type === input.trigger_type)
  if (present.length >= most) {
    throw new DiscordError(400, 50035, 'Invalid Form Body', {
      trigger_type: {
        _errors: [
          {
            code: 'AUTO_MODERATION_MAX_RULES_OF_TYPE_EXCEEDED',
            message: `Max. number of rules with trigger type ${input.trigger_type} exceeded`,
          },
        ],
      },
    })
  }
  const rule = { id: world.ids.next(), guild_id: guild.id, creator_id: actor.userId, ...input }
  guild.automodRules.set(rule.id, rule)
  world.bus.emit('AUTO_MODERATION_RULE_CREATE', guild, rule)
  recordAudit(world, guild, {
    action: AuditLogEvent.AutoModerationRuleCreate,
    actor,
    targetId: rule.id,
    changes: [{ key: 'name', to: rule.name }],
  })
  return rule
}

export function updateAutomodRule(
  world: World,
  guild: GuildState,
  rule: APIAutoModerationRule,
  patch: Partial<AutomodInput>,
  actor: Actor,
): APIAutoModerationRule {
  const next = { ...rule, ...patch }
  const changes = auditDifference(rule, next, [
    'name',
    'enabled',
    'actions',
    'trigger_metadata',
    'exempt_roles',
  ])
  guild.automodRules.set(rule.id, next)
  world.bus.emit('AUTO_MODERATION_RULE_UPDATE', guild, next)
  recordAudit(world, guild, {
    action: AuditLogEvent.AutoModerationRuleUpdate,
    actor,
    targetId: rule.id,
    changes,
  })
  return next
}

export function deleteAutomodRule(
  world: World,
  guild: GuildState,
  rule: APIAutoModerationRule,
  actor: Actor,
): void {
  guild.automodRules.delete(rule.id)
  world.bus.emit('AUTO_MODERATION_RULE_DELETE', guild, rule)
  recordAudit(world, guild, {
    action: AuditLogEvent.AutoModerationRuleDelete,
    actor,
    targetId: rule.id,
    changes: [{ key: 'name', from: rule.name }],
  })
}

/** A keyword as Discord matches it: whole word, or with `*` at either end a part of one. */
function keywordPattern(keyword: string): RegExp {
  const body = keyword.replace(/^\*/, '').replace(/\*$/, '')
  const escaped = body.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
  const before = keyword.startsWith('*') ? '' : String.raw`(?<![\p{L}\p{N}_])`
  const after = keyword.endsWith('*') ? '' : String.raw`(?![\p{L}\p{N}_])`
  return new RegExp(`${before}${escaped}${after}`, 'iu')
}

interface Match {
  keyword: string | null
  content: string | null
}

function matchRule(rule: APIAutoModerationRule, content: string): Match | null {
  const metadata = rule.trigger_metadata
  if (rule.trigger_type === 5) {
    const mentions = new Set(content.match(/<@[!&]?\d{17,20}>/g)).size
    return mentions > (metadata.mention_total_limit ?? 50) ? { keyword: null, content: null } : null
  }
  if (rule.trigger_type !== 1) return null
  if (metadata.allow_list?.some((allowed) => keywordPattern(allowed).test(content))) return null
  for (const keyword of metadata.keyword_filter ?? []) {
    const found = keywordPattern(keyword).exec(content)
    if (found) return { keyword, content: found[0] }
  }
  for (const pattern of metadata.regex_patterns ?? []) {
    const found = new RegExp(pattern, 'i').exec(content)
    if (found) return { keyword: pattern, content: found[0] }
  }
  return null
}

function isExempt(
  world: World,
  guild: GuildState,
  channel: ChannelState,
  member: MemberState,
  rule: APIAutoModerationRule,
): boolean {
  const sum = channelPermissions(guild, channel, member, world.now())
  const manages = PermissionFlagsBits.ManageGuild | PermissionFlagsBits.Administrator
  return (
    (sum & manages) !== 0n ||
    rule.exempt_channels.includes(channel.id) ||
    rule.exempt_roles.some((roleId) => member.roles.includes(roleId))
  )
}

/**
 * Plays the guild's rules on what a person is about to write. True where the message is blocked: it is
 * then never created, only AUTO_MODERATION_ACTION_EXECUTION tells of it.
 */
export function applyAutomod(world: World, channel: ChannelState, userId: string, content: string): boolean {
  if (channel.guildId === null || content === '') return false
  const guild = world.guild(channel.guildId)
  const member = guild.members.get(userId)
  if (!member) return false
  let blocked = false
  for (const rule of guild.automodRules.values()) {
    if (!rule.enabled || rule.event_type !== 1 || isExempt(world, guild, channel, member, rule)) continue
    const match = matchRule(rule, content)
    if (!match) continue
    for (const action of rule.actions) {
      execute(world, guild, channel, member, rule, action, content, match)
      if (action.type === 1) blocked = true
    }
  }
  return blocked
}

function execute(
  world: World,
  guild: GuildState,
  channel: ChannelState,
  member: MemberState,
  rule: APIAutoModerationRule,
  action: APIAutoModerationAction,
  content: string,
  match: Match,
): void {
  if (action.type === 3) {
    const timedOutUntilMs = world.now() + (action.metadata?.duration_seconds ?? 60) * 1_000
    updateMember(
      world,
      guild,
      member,
      { timedOutUntilMs },
      { userId: world.app.ownerId, reason: 'Auto moderation' },
    )
  }
  const alert =
    action.type === 2 ? postAlert(world, guild, channel, member, rule, action, content, match) : null
  const payload = {
    guild_id: guild.id,
    action,
    rule_id: rule.id,
    rule_trigger_type: rule.trigger_type,
    user_id: member.userId,
    channel_id: channel.id,
    content,
    matched_keyword: match.keyword,
    matched_content: match.content,
    ...(alert ? { alert_system_message_id: alert.id } : {}),
  }
  world.bus.emit('AUTO_MODERATION_ACTION_EXECUTION', guild, payload, {
    withoutContent: () => ({ ...payload, content: '', matched_content: '' }),
  })
}

/**
 * SEND_ALERT_MESSAGE "logs user content to a specified channel": an AUTO_MODERATION_ACTION message in the name of
 * the member, whose embed tells the rule. Source: https://docs.discord.com/developers/resources/auto-moderation#auto-moderation-action-object
 */
function postAlert(
  world: World,
  guild: GuildState,
  channel: ChannelState,
  member: MemberState,
  rule: APIAutoModerationRule,
  action: APIAutoModerationAction,
  content: string,
  match: Match,
): MessageState | null {
  const target = guild.channels.get(action.metadata?.channel_id ?? '')
  if (!target) return null
  const field = (name: string, value: string | null) =>
    value === null ? [] : [{ name, value, inline: false }]
  return createMessage(world, target, member.userId, {
    type: MessageType.AutoModerationAction,
    content,
    embeds: [
      {
        type: EmbedType.AutoModerationMessage,
        description: content,
        fields: [
          ...field('rule_name', rule.name),
          ...field('channel_id', channel.id),
          ...field('keyword', match.keyword),
          ...field('keyword_matched_content', match.content),
        ],
      },
    ],
  })
}
