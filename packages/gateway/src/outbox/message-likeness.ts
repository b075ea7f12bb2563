import { z } from 'zod'

/** A message as a channel's history shows it, as far as it is compared. */
export const ReadMessage = z.looseObject({
  id: z.string(),
  type: z.number(),
  author: z.object({ id: z.string() }),
  content: z.string(),
  embeds: z.array(z.unknown()).default([]),
  components: z.array(z.unknown()).default([]),
  message_reference: z.looseObject({ message_id: z.string().optional() }).nullish(),
  /** Of messages that answer an interaction or come from a webhook, which no outbox call makes. */
  interaction_metadata: z.unknown().optional(),
  webhook_id: z.string().nullish(),
})
export type ReadMessage = z.infer<typeof ReadMessage>

/** What `POST /channels/{id}/messages` makes; every other type is a message of Discord's own or of an interaction. */
const writtenTypes: ReadonlySet<number> = new Set([0, 19])

/**
 * Whether a message may be the one that this body asked for. Discord shows a nonce in the answer and in MESSAGE_CREATE
 * alone, so a look at the history has the message itself to go by: what Discord keeps of it. It trims texts, strips
 * characters that it does not name, fills embeds and components in, adds embeds of links, and leaves embeds out where
 * the bot may not show them (https://docs.discord.com/developers/resources/message). When in doubt they count as
 * alike: rather a message too few than one twice.
 */
export function mayBeMessage(message: ReadMessage, body: Readonly<Record<string, unknown>>): boolean {
  if (!writtenTypes.has(message.type)) return false
  if (message.interaction_metadata !== undefined || message.webhook_id) return false
  const repliesTo = field(body['message_reference'], 'message_id')
  const isReplyTo = message.message_reference?.message_id
  // A reply whose target is gone can have become a plain message.
  if (isReplyTo !== undefined && isReplyTo !== repliesTo) return false
  if (said(message.content) !== said(body['content'])) return false
  if (shown(message.components) !== shown(body['components'])) return false
  const wanted = embedTexts(body['embeds'])
  const kept = embedTexts(message.embeds)
  return kept === wanted || (kept === '' && said(body['content']) !== '')
}

/** A text without whatever Discord might strip or change: control and format characters, all kinds of spaces. */
function said(text: unknown): string {
  return typeof text === 'string' ? text.normalize('NFC').replaceAll(/[\p{C}\p{Z}]/gu, '') : ''
}

/** The texts of the embeds that were written; those that Discord made of links are of other types. */
function embedTexts(embeds: unknown): string {
  const texts = list(embeds)
    .filter((embed) => (field(embed, 'type') ?? 'rich') === 'rich')
    .map(textsOf)
  return texts.length === 0 ? '' : JSON.stringify(texts)
}

function textsOf(embed: unknown): string[] {
  const own = [
    field(embed, 'title'),
    field(embed, 'description'),
    field(field(embed, 'author'), 'name'),
    field(field(embed, 'footer'), 'text'),
  ]
  const fields = list(field(embed, 'fields')).map(
    (one) => `${said(field(one, 'name'))}:${said(field(one, 'value'))}`,
  )
  return own.map(said).concat(fields)
}

/** What people see and use of components, in reading order, whatever holds it. */
function shown(components: unknown): string {
  const parts = list(components).flatMap(partsOf)
  return parts.length === 0 ? '' : JSON.stringify(parts)
}

function partsOf(component: unknown): string[] {
  const own = ['custom_id', 'url', 'label', 'content', 'placeholder'].map((name) =>
    said(field(component, name)),
  )
  const inner = [...list(field(component, 'components')), field(component, 'accessory')].filter(Boolean)
  return [`${String(field(component, 'type'))} ${own.join(' ')}`, ...inner.flatMap(partsOf)]
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
