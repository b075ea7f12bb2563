import { z } from 'zod'
import type { PollInput } from '../resources/polls.ts'
import { snowflake, textOf } from './form.ts'

const emojiSchema = z.object({
  id: snowflake.nullish(),
  name: z.string().max(32).nullish(),
  animated: z.boolean().nullish(),
})
const media = (most: number) => ({ text: textOf(1, most), emoji: emojiSchema.nullish() })

/** https://docs.discord.com/developers/resources/poll#poll-create-request-object */
export const pollSchema = z.object({
  /** "Currently, `question` only supports `text`": its emoji is looked at and left. */
  question: z.object(media(300)),
  answers: z
    .array(z.object({ poll_media: z.object(media(55)) }))
    .min(1)
    .max(10),
  duration: z.number().int().min(1).max(768).nullish(),
  allow_multiselect: z.boolean().nullish(),
  layout_type: z.literal(1).nullish(),
})

/** A poll as a form asks for it. */
export function readPoll(fields: z.output<typeof pollSchema>): PollInput {
  return {
    question: fields.question.text,
    answers: fields.answers.map(({ poll_media: { text, emoji } }) => ({
      text,
      emoji: emoji ? { id: emoji.id ?? null, name: emoji.name ?? null } : null,
    })),
    durationHours: fields.duration ?? undefined,
    multiselect: fields.allow_multiselect ?? undefined,
  }
}
