import { Locale } from 'discord-api-types/v10'
import type { CommandState } from '../state/entities.ts'

interface Localized {
  name_localizations?: Partial<Record<string, string | null>> | null
  description_localizations?: Partial<Record<string, string | null>> | null
  options?: Localized[]
  choices?: Localized[]
}

/**
 * A command as a list shows it: in place of all localizations those of the reader's locale, if there are any.
 * Source: https://docs.discord.com/developers/interactions/application-commands#retrieving-localized-commands
 */
export function inLocale(command: CommandState, locale: Locale): object {
  return localize(command, locale)
}

function localize(part: Localized, locale: Locale): object {
  const { name_localizations: names, description_localizations: descriptions, ...others } = part
  const name = names?.[locale]
  const description = descriptions?.[locale]
  return {
    ...others,
    ...(name ? { name_localized: name } : {}),
    ...(description ? { description_localized: description } : {}),
    ...(part.options ? { options: part.options.map((option) => localize(option, locale)) } : {}),
    ...(part.choices ? { choices: part.choices.map((choice) => localize(choice, locale)) } : {}),
  }
}

/** The reader's locale: of `X-Discord-Locale`, then of `Accept-Language`, then of its settings. */
export function localeOf(headers: Record<string, string | string[] | undefined>): Locale {
  const asked = [headers['x-discord-locale'], headers['accept-language']]
    .flatMap((value) => String(value ?? '').split(','))
    .map((text) => text.split(';')[0]?.trim())
  return Object.values(Locale).find((locale) => asked.includes(locale)) ?? Locale.EnglishUS
}
