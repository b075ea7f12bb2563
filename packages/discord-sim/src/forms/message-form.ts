import { MessageFlags } from 'discord-api-types/v10'
import type { APIAttachment, APIEmbed, APIMessageTopLevelComponent } from 'discord-api-types/v10'
import { z } from 'zod'
import type { AllowedMentions } from '../resources/mentions.ts'
import { checkComponents } from './component-form.ts'
import { completeComponents, completeEmbed } from './component-payload.ts'
import { DiscordError, invalidField } from '../discord-error.ts'
import type { AttachmentStore } from './attachment-store.ts'
import { parseForm, snowflake } from './form.ts'
import type { UploadedFile } from './uploaded-file.ts'

const embedSchema = z.looseObject({
  title: z.string().max(256).nullish(),
  description: z.string().max(4_096).nullish(),
  url: z.string().max(2_048).nullish(),
  color: z.number().int().min(0).max(0xffffff).nullish(),
  footer: z.looseObject({ text: z.string().max(2_048) }).nullish(),
  author: z.looseObject({ name: z.string().max(256) }).nullish(),
  fields: z
    .array(
      z.looseObject({
        name: z.string().min(1).max(256),
        value: z.string().min(1).max(1_024),
        inline: z.boolean().nullish(),
      }),
    )
    .max(25)
    .nullish(),
})

const allowedMentionsSchema = z.looseObject({
  parse: z.array(z.enum(['users', 'roles', 'everyone'])).optional(),
  users: z.array(snowflake).max(100).optional(),
  roles: z.array(snowflake).max(100).optional(),
  replied_user: z.boolean().optional(),
})

const attachmentSchema = z.looseObject({
  id: z.union([z.string(), z.number()]).transform(String),
  filename: z.string().optional(),
  description: z.string().max(1_024).nullish(),
})

/** The fields of a message that create, edit, webhooks and interaction answers share. */
export const messageSchema = z.object({
  content: z.string().max(2_000).nullish(),
  embeds: z.array(embedSchema).max(10).nullish(),
  components: z
    .array(z.looseObject({ type: z.number().int() }))
    .max(40)
    .nullish(),
  flags: z.number().int().nonnegative().nullish(),
  tts: z.boolean().nullish(),
  allowed_mentions: allowedMentionsSchema.nullish(),
  attachments: z.array(attachmentSchema).max(10).nullish(),
})

export const createMessageSchema = messageSchema.extend({
  nonce: z.union([z.string().max(25), z.number().int()]).nullish(),
  enforce_nonce: z.boolean().nullish(),
  message_reference: z
    .object({
      type: z.union([z.literal(0), z.literal(1)]).default(0),
      message_id: snowflake.optional(),
      channel_id: snowflake.nullish(),
      guild_id: snowflake.nullish(),
      fail_if_not_exists: z.boolean().nullish(),
    })
    .nullish(),
  sticker_ids: z.array(snowflake).max(3).nullish(),
})

export interface MessageForm {
  content?: string | null | undefined
  embeds?: APIEmbed[] | null | undefined
  components?: APIMessageTopLevelComponent[] | null | undefined
  flags?: number | undefined
  tts?: boolean | undefined
  allowedMentions: AllowedMentions | null
  attachments?: APIAttachment[] | null | undefined
}

const maxEmbedCharacters = 6_000

/** Checks the form and turns it into what the message functions take, storing uploads on the way. */
export function readMessageForm(
  fields: z.output<typeof messageSchema>,
  files: UploadedFile[],
  channelId: string,
  store: AttachmentStore,
  present: { attachments: APIAttachment[]; flags: number } | null = null,
): MessageForm {
  const flags = (fields.flags ?? 0) | ((present?.flags ?? 0) & MessageFlags.IsComponentsV2)
  const componentsV2 = (flags & MessageFlags.IsComponentsV2) !== 0
  if (componentsV2 && (fields.content || (fields.embeds?.length ?? 0) > 0)) {
    throw invalidField(
      fields.content ? 'content' : 'embeds',
      'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2',
      'The legacy field cannot be used when using MessageFlags.IS_COMPONENTS_V2',
    )
  }
  if (fields.components) checkComponents(fields.components, componentsV2)
  const embeds = fields.embeds?.map(completeEmbed)
  if (embeds && embedCharacters(embeds) > maxEmbedCharacters) {
    throw invalidField(
      'embeds',
      'MAX_EMBED_SIZE_EXCEEDED',
      `Embed size exceeds maximum size of ${maxEmbedCharacters}`,
    )
  }
  return {
    content: fields.content,
    embeds: embeds ?? (fields.embeds === null ? [] : undefined),
    components: fields.components
      ? completeComponents(fields.components, () => store.nextId())
      : fields.components,
    flags: fields.flags ?? undefined,
    tts: fields.tts ?? undefined,
    allowedMentions: fields.allowed_mentions ?? null,
    attachments: readAttachments(fields, files, channelId, store, present?.attachments ?? []),
  }
}

function readAttachments(
  fields: z.output<typeof messageSchema>,
  files: UploadedFile[],
  channelId: string,
  store: AttachmentStore,
  present: APIAttachment[],
): APIAttachment[] | undefined {
  if (!fields.attachments && files.length === 0) return undefined
  const kept = fields.attachments
    ? present.filter((attachment) => fields.attachments?.some((wanted) => wanted.id === attachment.id))
    : present
  const uploaded = files.map((file) => {
    const described = fields.attachments?.find((wanted) => wanted.id === String(file.index))
    return store.keep(channelId, file, {
      ...(described?.filename === undefined ? {} : { filename: described.filename }),
      ...(described?.description ? { description: described.description } : {}),
    })
  })
  return [...kept, ...uploaded]
}

function embedCharacters(embeds: APIEmbed[]): number {
  const size = (text: string | null | undefined) => text?.length ?? 0
  return embeds.reduce(
    (sum, embed) =>
      sum +
      size(embed.title) +
      size(embed.description) +
      size(embed.footer?.text) +
      size(embed.author?.name) +
      (embed.fields ?? []).reduce((inner, field) => inner + size(field.name) + size(field.value), 0),
    0,
  )
}

/** Throws 50006 for a message that shows nothing. */
export function requireContent(form: MessageForm, hasOther = false): void {
  const shows =
    Boolean(form.content?.trim()) ||
    (form.embeds?.length ?? 0) > 0 ||
    (form.components?.length ?? 0) > 0 ||
    (form.attachments?.length ?? 0) > 0
  if (!shows && !hasOther) throw new DiscordError(400, 50006, 'Cannot send an empty message')
}

/** `parseForm` for messages: one place for every route that takes one. */
export function parseMessage(
  request: { body: unknown; files: UploadedFile[] },
  channelId: string,
  store: AttachmentStore,
  present: { attachments: APIAttachment[]; flags: number } | null = null,
): MessageForm {
  return readMessageForm(parseForm(messageSchema, request.body), request.files, channelId, store, present)
}
