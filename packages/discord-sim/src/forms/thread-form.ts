import { z } from 'zod'
import { archiveMinutes } from './channel-form.ts'
import type { ArchiveMinutes } from './channel-form.ts'
import { parseForm, snowflake } from './form.ts'
import { createMessageSchema } from './message-form.ts'

const fields = {
  name: z.string().min(1).max(100),
  auto_archive_duration: archiveMinutes.nullish(),
  rate_limit_per_user: z.number().int().min(0).max(21_600).nullish(),
}
const onMessageSchema = z.object(fields)
const textSchema = z.object({
  ...fields,
  type: z.union([z.literal(10), z.literal(11), z.literal(12)]).nullish(),
  invitable: z.boolean().nullish(),
})
const forumSchema = z.object({
  ...fields,
  message: createMessageSchema.omit({ nonce: true, enforce_nonce: true, message_reference: true }),
  applied_tags: z.array(snowflake).max(5).nullish(),
})

type Common = z.output<typeof onMessageSchema>

const common = (form: Common) => ({
  name: form.name,
  autoArchiveMinutes: (form.auto_archive_duration ?? undefined) as ArchiveMinutes | undefined,
  rateLimitPerUser: form.rate_limit_per_user ?? undefined,
})

/** https://docs.discord.com/developers/resources/channel#start-thread-from-message */
export const readThreadOnMessage = (body: unknown) => common(parseForm(onMessageSchema, body))

/**
 * https://docs.discord.com/developers/resources/channel#start-thread-without-message: "`type` currently defaults to
 * `PRIVATE_THREAD`".
 */
export function readTextThread(body: unknown) {
  const form = parseForm(textSchema, body)
  return { ...common(form), type: form.type ?? 12, invitable: form.invitable ?? undefined }
}

/** https://docs.discord.com/developers/resources/channel#start-thread-in-forum-or-media-channel */
export function readForumThread(body: unknown) {
  const form = parseForm(forumSchema, body)
  return { ...common(form), message: form.message, appliedTags: form.applied_tags ?? [] }
}
