import type { APIEmbed } from 'discord-api-types/v10'
import { z } from 'zod'
import { invalidField } from '../discord-error.ts'
import { keptText } from '../resources/kept-text.ts'
import { isoTimestamp } from '../timestamp.ts'
import { mediaUrl, webUrl } from './url-form.ts'

/** Limits count what is left after trimming: https://docs.discord.com/developers/resources/message#embed-object-embed-limits */
const text = (max: number) => z.string().transform(keptText).pipe(z.string().max(max))
const requiredText = (max: number) =>
  text(max).refine((value) => value !== '', {
    error: 'This field is required',
    params: { code: 'BASE_TYPE_REQUIRED' },
  })
/** What is looked at and cannot be set: the OpenAPI description has a form for it. */
const unsettable = {
  width: z.number().int().nullish(),
  height: z.number().int().nullish(),
  placeholder: z.string().max(64).nullish(),
  placeholder_version: z.number().int().min(0).max(2_147_483_647).nullish(),
  is_animated: z.boolean().nullish(),
  description: z.string().max(4_096).nullish(),
}
const longUrl = z.string().max(2_048).nullish()
const image = z.object({ url: mediaUrl.nullish(), ...unsettable }).nullish()

/**
 * What an embed may say. Whatever else it has (`type`, `provider`, `video`, sizes and proxied addresses of pictures)
 * cannot be set and is dropped: https://docs.discord.com/developers/resources/message#create-message-limitations
 */
export const embedSchema = z.object({
  type: z.string().nullish(),
  provider: z.object({ name: z.string().max(256).nullish(), url: longUrl }).nullish(),
  video: z.object({ url: longUrl, ...unsettable }).nullish(),
  title: text(256).nullish(),
  description: text(4_096).nullish(),
  url: webUrl.nullish(),
  timestamp: z
    .string()
    .refine((value) => !Number.isNaN(Date.parse(value)), {
      error: 'Could not parse the timestamp. Should be ISO8601.',
      params: { code: 'DATE_TIME_TYPE_PARSE' },
    })
    .nullish(),
  color: z.number().int().min(0).max(0xffffff).nullish(),
  footer: z.object({ text: text(2_048).nullish(), icon_url: mediaUrl.nullish() }).nullish(),
  image,
  thumbnail: image,
  author: z
    .object({ name: text(256).nullish(), url: webUrl.nullish(), icon_url: mediaUrl.nullish() })
    .nullish(),
  fields: z
    .array(z.object({ name: requiredText(256), value: requiredText(1_024), inline: z.boolean().nullish() }))
    .max(25)
    .nullish(),
})

const maxCharacters = 6_000

/**
 * Embeds as Discord gives them back: rich, without nulls and empty parts, pictures with a proxied address.
 * @param resolve the address of an attachment that comes along, for `attachment://` references
 */
export function keptEmbeds(
  embeds: z.output<typeof embedSchema>[],
  resolve: (url: string) => string,
): APIEmbed[] {
  const kept = embeds.map((embed, index) => keptEmbed(embed, index, resolve))
  const size = kept.reduce((sum, embed) => sum + characters(embed), 0)
  if (size > maxCharacters) {
    throw invalidField(
      'embeds',
      'MAX_EMBED_SIZE_EXCEEDED',
      `Embed size exceeds maximum size of ${maxCharacters}`,
    )
  }
  return kept
}

function keptEmbed(
  embed: z.output<typeof embedSchema>,
  index: number,
  resolve: (url: string) => string,
): APIEmbed {
  const picture = (input: { url?: string | null | undefined } | null | undefined) =>
    input?.url ? { url: resolve(input.url), proxy_url: resolve(input.url) } : undefined
  const icon = (url: string | null | undefined) =>
    url ? { icon_url: resolve(url), proxy_icon_url: resolve(url) } : {}
  const { title, description, url, color, footer, author, fields } = embed
  const shown = {
    title: title || undefined,
    description: description || undefined,
    footer: footer?.text ? { text: footer.text, ...icon(footer.icon_url) } : undefined,
    image: picture(embed.image),
    thumbnail: picture(embed.thumbnail),
    author: author?.name
      ? { name: author.name, ...(author.url ? { url: author.url } : {}), ...icon(author.icon_url) }
      : undefined,
    fields:
      fields && fields.length > 0
        ? fields.map(({ name, value, inline }) => ({ name, value, inline: inline ?? false }))
        : undefined,
  }
  if (Object.values(shown).every((part) => part === undefined)) {
    throw invalidField(`embeds.${index}.description`, 'BASE_TYPE_REQUIRED', 'This field is required')
  }
  return definedParts({
    type: 'rich',
    ...shown,
    url: url ?? undefined,
    color: color ?? undefined,
    timestamp: embed.timestamp ? isoTimestamp(Date.parse(embed.timestamp)) : undefined,
  })
}

function definedParts(value: object): APIEmbed {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined))
}

function characters(embed: APIEmbed): number {
  const size = (part: string | undefined) => part?.length ?? 0
  const fields = embed.fields ?? []
  return (
    size(embed.title) +
    size(embed.description) +
    size(embed.footer?.text) +
    size(embed.author?.name) +
    fields.reduce((sum, field) => sum + size(field.name) + size(field.value), 0)
  )
}
