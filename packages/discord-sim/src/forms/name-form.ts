import { z } from 'zod'
import { keptText } from '../resources/kept-text.ts'

/** "Names are sanitized and trimmed of leading, trailing, and excessive internal whitespace." */
const sanitized = (text: string) => keptText(text).replaceAll(/\s+/g, ' ')

/**
 * A name as Discord keeps it: https://docs.discord.com/developers/resources/user#usernames-and-nicknames
 * @param least characters that must be left of it
 */
const nameOf = (least: number, most: number) =>
  z
    .string()
    .transform(sanitized)
    .refine((name) => name.length >= least && name.length <= most, {
      error: `Must be between ${least} and ${most} in length.`,
      params: { code: 'BASE_TYPE_BAD_LENGTH' },
    })

/** The first text that a name must not contain, whatever its case. */
const without = (...texts: string[]) => {
  const found = (name: string) => texts.find((text) => name.toLowerCase().includes(text))
  return {
    fits: (name: string) => found(name) === undefined,
    problem: {
      error: (issue: { input?: unknown }) => `Username cannot contain "${found(String(issue.input))}"`,
      params: { code: 'USERNAME_INVALID_CONTAINS' },
    },
  }
}

const inUsernames = without('@', '#', ':', '```', 'discord')
const inWebhooks = without('clyde', 'discord')

/** The empty name takes a nickname away. */
export const nickname = nameOf(0, 32).transform((name) => name || null)

export const username = nameOf(2, 32)
  .refine(inUsernames.fits, inUsernames.problem)
  .refine((name) => !['everyone', 'here'].includes(name.toLowerCase()), {
    error: 'Username is reserved',
    params: { code: 'USERNAME_INVALID_RESERVED' },
  })

/** https://docs.discord.com/developers/resources/webhook#create-webhook */
export const webhookName = nameOf(1, 80).refine(inWebhooks.fits, inWebhooks.problem)
