import {
  type AnswerSubject,
  ChannelId,
  type Failure,
  GuildId,
  InteractionId,
  interactionType,
  webhookType,
} from '@guildmesh/contracts'
import { z } from 'zod'
import { nestsDeeperThan } from './json-depth.ts'

/** An interaction, and what of it decides where it goes and how it is answered. */
export interface Interaction {
  readonly interactionId: InteractionId
  readonly subject: AnswerSubject
  /** The guild whose owner must handle it; `null` if the bot is not in the guild, or in direct messages. */
  readonly guildId: GuildId | null
  /** Interactions without a guild that have the same one go to the same gateway. */
  readonly affinity: string
  /** Discord's payload, as it came. */
  readonly payload: Record<string, unknown>
}

/** What Discord wants with one signed request. */
export type WebhookMessage =
  | { readonly kind: 'ping' }
  | { readonly kind: 'event-ping' }
  | { readonly kind: 'event' }
  | { readonly kind: 'interaction'; readonly interaction: Interaction }
  | { readonly kind: 'unreadable'; readonly failure: Failure }

/** Discord's deepest payload (a modal with nested components) stays far below. */
const depthLimit = 64

const Envelope = z.object({ type: z.int().min(0).max(255), event: z.looseObject({}).nullish() })

const Payload = z.looseObject({
  id: InteractionId,
  guild_id: GuildId.nullish(),
  channel_id: ChannelId.nullish(),
  authorizing_integration_owners: z.record(z.string(), z.string()).nullish(),
  data: z.looseObject({ name: z.string().nullish(), custom_id: z.string().nullish() }).nullish(),
})

/**
 * Reads the body of a request whose signature is valid. Interactions and webhook events share the signature and the
 * low type numbers: type 0 is only an event's PING, and of type 1 only an event carries `event`.
 * Sources: https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-object,
 * https://discord.com/developers/docs/events/webhook-events#payload-structure
 */
export function readWebhookMessage(body: Uint8Array): WebhookMessage {
  if (nestsDeeperThan(body, depthLimit)) {
    return unreadable([{ path: '', message: `must not nest deeper than ${depthLimit} levels` }])
  }
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    return unreadable([{ path: '', message: 'must be JSON in UTF-8' }])
  }
  const envelope = Envelope.safeParse(json)
  if (!envelope.success) return unreadable(issuesOf(envelope.error))
  const { type, event } = envelope.data
  if (type === webhookType.ping) return { kind: 'event-ping' }
  if (type === interactionType.ping) return { kind: event ? 'event' : 'ping' }
  const payload = Payload.safeParse(json)
  if (!payload.success) return unreadable(issuesOf(payload.error))
  return { kind: 'interaction', interaction: interactionOf(type, payload.data) }
}

function interactionOf(type: number, payload: z.infer<typeof Payload>): Interaction {
  return {
    interactionId: payload.id,
    subject: { type, command: payload.data?.name ?? null, customId: payload.data?.custom_id ?? null },
    guildId: guildWithBot(payload),
    affinity: payload.channel_id ?? payload.id,
    payload: { ...payload, type },
  }
}

/**
 * `guild_id` alone does not say that the bot is in the guild: a person can bring the app along. The bot is there
 * only if the guild itself installed it, which `authorizing_integration_owners["0"]` states.
 */
function guildWithBot(payload: z.infer<typeof Payload>): GuildId | null {
  const installedBy = payload.authorizing_integration_owners?.['0']
  return payload.guild_id && installedBy === payload.guild_id ? payload.guild_id : null
}

function unreadable(issues: { path: string; message: string }[]): WebhookMessage {
  return { kind: 'unreadable', failure: { kind: 'InvalidInput', issues } }
}

function issuesOf(error: z.ZodError): { path: string; message: string }[] {
  return error.issues
    .slice(0, 20)
    .map((issue) => ({ path: issue.path.map(String).join('.'), message: issue.message }))
}
