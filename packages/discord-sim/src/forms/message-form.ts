import { MessageFlags } from 'discord-api-types/v10'
import type { APIAttachment, APIEmbed, APIMessageTopLevelComponent } from 'discord-api-types/v10'
import { z } from 'zod'
import { keptText } from '../resources/kept-text.ts'
import type { AllowedMentions } from '../resources/mentions.ts'
import type { PollInput } from '../resources/polls.ts'
import { DiscordError, invalidField } from '../discord-error.ts'
import type { AttachmentStore } from './attachment-store.ts'
import { completeComponents } from './component-payload.ts'
import { embedSchema, keptEmbeds } from './embed-form.ts'
import { parseForm, snowflake, textOf } from './form.ts'
import { parseMessageComponents } from './message-components.ts'
import { pollSchema, readPoll } from './poll-form.ts'
import type { UploadedFile } from './uploaded-file.ts'

/** `parse` and a list of ids exclude one another: https://docs.discord.com/developers/resources/message#allowed-mentions-object */
const allowedMentionsSchema = z
  .object({
    parse: z.array(z.enum(['users', 'roles', 'everyone'])).nullish(),
    users: z.array(snowflake).max(100).nullish(),
    roles: z.array(snowflake).max(100).nullish(),
    replied_user: z.boolean().nullish(),
  })
  .check((context) => {
    for (const kind of ['users', 'roles'] as const) {
      if (!context.value.parse?.includes(kind) || (context.value[kind]?.length ?? 0) === 0) continue
      context.issues.push({
        code: 'custom',
        input: context.value,
        path: [],
        message: `parse:["${kind}"] and ${kind}: [ids...] are mutually exclusive.`,
        params: { code: 'MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE' },
      })
    }
  })

const attachmentSchema = z.object({
  id: z.union([z.string(), z.number().int()]).transform(String),
  filename: textOf(1, 1_024).nullish(),
  title: z.string().max(1_024).nullish(),
  description: z.string().max(1_024).nullish(),
  is_spoiler: z.boolean().nullish(),
  duration_secs: z.number().min(0).nullish(),
  waveform: z.string().max(400).nullish(),
})

/** The fields of a message that create, edit, webhooks and interaction answers share. */
export const messageSchema = z.object({
  content: z.string().max(2_000).nullish(),
  embeds: z.array(embedSchema).max(10).nullish(),
  components: z.array(z.unknown()).nullish(),
  flags: z.number().int().nonnegative().nullish(),
  tts: z.boolean().nullish(),
  allowed_mentions: allowedMentionsSchema.nullish(),
  attachments: z.array(attachmentSchema).max(10).nullish(),
  sticker_ids: z.array(snowflake).max(3).nullish(),
  poll: pollSchema.nullish(),
})

/** https://docs.discord.com/developers/resources/message#shared-client-theme-object */
const themeSchema = z.object({
  colors: z
    .array(z.string().regex(/^[0-9A-Fa-f]{6}$/))
    .min(1)
    .max(5),
  gradient_angle: z.number().int().min(0).max(360),
  base_mix: z.number().int().min(0).max(100),
  base_theme: z.literal([0, 1, 2, 3, 4]).nullable().default(null),
})

export const createMessageSchema = messageSchema.extend({
  shared_client_theme: themeSchema.nullish(),
  nonce: z.union([z.string().max(25), z.number().int()]).nullish(),
  enforce_nonce: z.boolean().nullish(),
  message_reference: z
    .object({
      type: z.literal([0, 1]).nullish(),
      message_id: snowflake.nullish(),
      channel_id: snowflake.nullish(),
      guild_id: snowflake.nullish(),
      fail_if_not_exists: z.boolean().nullish(),
    })
    .nullish(),
})

export interface MessageForm {
  content?: string | null | undefined
  embeds?: APIEmbed[] | null | undefined
  components?: APIMessageTopLevelComponent[] | null | undefined
  flags?: number | undefined
  tts?: boolean | undefined
  allowedMentions: AllowedMentions | null
  attachments?: APIAttachment[] | null | undefined
  stickerIds?: string[] | undefined
  poll?: PollInput | undefined
}

/** What a message that is edited holds so far. */
export interface PresentMessage {
  content: string
  embeds: readonly APIEmbed[]
  components: readonly APIMessageTopLevelComponent[]
  attachments: APIAttachment[]
  flags: number
}

/** Where a message is sent, which decides the flags that may be set. */
export type MessagePlace = 'channel' | 'webhook' | 'interaction'

const createFlags =
  MessageFlags.SuppressEmbeds |
  MessageFlags.SuppressNotifications |
  MessageFlags.IsVoiceMessage |
  MessageFlags.IsComponentsV2
const settableFlags: Record<MessagePlace, number> = {
  channel: createFlags,
  webhook: MessageFlags.SuppressEmbeds | MessageFlags.SuppressNotifications | MessageFlags.IsComponentsV2,
  interaction: createFlags | MessageFlags.Ephemeral,
}

/** Whether the message is made of components alone: it was, or it is to be. */
function isLayout(flags: number | null | undefined, present: PresentMessage | null): boolean {
  return (((flags ?? 0) | (present?.flags ?? 0)) & MessageFlags.IsComponentsV2) !== 0
}

/** Checks the form and turns it into what the message functions take, storing uploads on the way. */
export function readMessageForm(
  fields: z.output<typeof messageSchema>,
  files: UploadedFile[],
  channelId: string,
  store: AttachmentStore,
  options: { present?: PresentMessage; place?: MessagePlace } = {},
): MessageForm {
  const present = options.present ?? null
  const componentsV2 = isLayout(fields.flags, present)
  if (componentsV2) requireNoLegacyFields(fields, present)
  if ((fields.attachments?.length ?? files.length) > 10 || files.length > 10) {
    throw new DiscordError(400, 30_015, 'Maximum number of attachments in a message reached (10)')
  }
  const attached = new Set([
    ...(present?.attachments ?? []).map(({ filename }) => filename),
    ...files.map((file) => nameOf(fields, file)),
  ])
  const components =
    fields.components && fields.components.length > 0
      ? parseMessageComponents(fields.components, componentsV2, attached)
      : fields.components
        ? []
        : fields.components
  const attachments = readAttachments(fields, files, channelId, store, present?.attachments ?? [])
  const known = attachments ?? present?.attachments ?? []
  const resolve = (url: string) => {
    const name = /^attachment:\/\/(.*)$/.exec(url)?.[1]
    return name === undefined ? url : (known.find(({ filename }) => filename === name)?.url ?? url)
  }
  return {
    content: fields.content,
    embeds: fields.embeds ? keptEmbeds(fields.embeds, resolve) : fields.embeds === null ? [] : undefined,
    components: components
      ? (completeComponents(components, (media) =>
          unfurl(media, known, resolve, store),
        ) as APIMessageTopLevelComponent[])
      : components,
    flags: readFlags(fields, files, present, options.place ?? 'channel'),
    tts: fields.tts ?? undefined,
    allowedMentions: fields.allowed_mentions ?? defaultMentions(options.place ?? 'channel'),
    attachments,
    stickerIds: fields.sticker_ids ?? undefined,
    poll: fields.poll ? readPoll(fields.poll) : undefined,
  }
}

/**
 * Regular messages mention whom they name, interactions and webhooks only users: the message resource, "Default
 * Settings for Allowed Mentions".
 */
function defaultMentions(place: MessagePlace): AllowedMentions | null {
  return place === 'channel' ? null : { parse: ['users'] }
}

/** Flags that cannot be set are ignored without error: the message resource, "Edit Message". */
function readFlags(
  fields: z.output<typeof messageSchema>,
  files: UploadedFile[],
  present: PresentMessage | null,
  place: MessagePlace,
): number | undefined {
  if (fields.flags === null || fields.flags === undefined) return undefined
  const flags = fields.flags & settableFlags[place]
  if (present === null && (flags & MessageFlags.IsVoiceMessage) !== 0) requireVoiceMessage(fields, files)
  return flags
}

function requireVoiceMessage(fields: z.output<typeof messageSchema>, files: UploadedFile[]): void {
  if (fields.content || (fields.embeds?.length ?? 0) > 0 || (fields.components?.length ?? 0) > 0) {
    throw new DiscordError(400, 50_159, 'Voice messages do not support additional content.')
  }
  if (files.length !== 1 || !files[0]?.contentType.startsWith('audio/')) {
    throw new DiscordError(400, 50_160, 'Voice messages must have a single audio attachment.')
  }
  const described = fields.attachments?.[0]
  if (described?.duration_secs === undefined || !described.waveform) {
    throw new DiscordError(400, 50_161, 'Voice messages must have supporting metadata.')
  }
}

/**
 * With IS_COMPONENTS_V2 a message has no content, embeds, poll or stickers; what it had must be emptied by the request that sets
 * the flag: https://docs.discord.com/developers/resources/message#edit-message
 */
function requireNoLegacyFields(fields: z.output<typeof messageSchema>, present: PresentMessage | null): void {
  const content = fields.content === undefined ? present?.content : fields.content
  const embeds = fields.embeds === undefined ? present?.embeds : fields.embeds
  const offending = content
    ? 'content'
    : embeds?.length
      ? 'embeds'
      : fields.poll
        ? 'poll'
        : fields.sticker_ids?.length
          ? 'sticker_ids'
          : null
  if (offending === null) return
  throw legacyField(offending)
}

/** 50035 for a field that a message of components alone does not have. */
export function legacyField(field: string): DiscordError {
  return invalidField(
    field,
    'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2',
    `The '${field}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2`,
  )
}

function unfurl(
  media: Record<string, unknown>,
  known: readonly APIAttachment[],
  resolve: (url: string) => string,
  store: AttachmentStore,
): Record<string, unknown> {
  const url = resolve(String(media.url))
  const attachment = known.find((candidate) => candidate.url === url)
  return {
    id: store.nextId(),
    url,
    proxy_url: url,
    width: null,
    height: null,
    content_type: attachment?.content_type ?? null,
    ...(attachment ? { attachment_id: attachment.id } : {}),
  }
}

function nameOf(fields: z.output<typeof messageSchema>, file: UploadedFile): string {
  return describedAs(fields, file.index)?.filename ?? file.filename
}

function describedAs(fields: z.output<typeof messageSchema>, index: number) {
  return fields.attachments?.find((wanted) => wanted.id === String(index))
}

/** Kept ones that the request names, with what it changes of them, then the new ones. */
function readAttachments(
  fields: z.output<typeof messageSchema>,
  files: UploadedFile[],
  channelId: string,
  store: AttachmentStore,
  present: APIAttachment[],
): APIAttachment[] | undefined {
  if (!fields.attachments && files.length === 0) return undefined
  const kept = fields.attachments
    ? present.flatMap((attachment) => {
        const wanted = fields.attachments?.find(({ id }) => id === attachment.id)
        return wanted ? [store.describe(attachment, wanted)] : []
      })
    : present
  const uploaded = files.map((file) => {
    const described = describedAs(fields, file.index)
    return store.describe(store.keep(channelId, file, described?.filename ?? undefined), described ?? {})
  })
  return [...kept, ...uploaded]
}

/** Throws 50006 for a message that shows nothing. */
export function requireContent(form: MessageForm, hasOther = false): void {
  const shows =
    keptText(form.content ?? '') !== '' ||
    (form.embeds?.length ?? 0) > 0 ||
    (form.components?.length ?? 0) > 0 ||
    (form.attachments?.length ?? 0) > 0 ||
    (form.stickerIds?.length ?? 0) > 0 ||
    form.poll !== undefined
  if (!shows && !hasOther) throw emptyMessage()
}

/** The same for an edit: what is left of the message must show something. */
export function requireContentAfter(form: MessageForm, present: PresentMessage): void {
  const after = <T>(changed: T | null | undefined, before: T) => (changed === undefined ? before : changed)
  requireContent({
    ...form,
    content: after(form.content, present.content),
    embeds: after(form.embeds, [...present.embeds]),
    components: after(form.components, [...present.components]),
    attachments: after(form.attachments, present.attachments),
  })
}

const emptyMessage = () => new DiscordError(400, 50_006, 'Cannot send an empty message')

/** `parseForm` for messages: one place for every route that takes one. */
export function parseMessage(
  request: { body: unknown; files: UploadedFile[] },
  channelId: string,
  store: AttachmentStore,
  options: { present?: PresentMessage; place?: MessagePlace } = {},
): MessageForm {
  return readMessageForm(parseForm(messageSchema, request.body), request.files, channelId, store, options)
}
