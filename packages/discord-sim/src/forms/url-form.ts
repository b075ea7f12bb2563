import { z } from 'zod'

/** A URL of one of these schemes, at most 2,048 characters; failures carry Discord's codes and texts. */
export function urlOf(schemes: readonly string[], maxLength = 2_048) {
  return z
    .string()
    .max(maxLength)
    .check((context) => {
      const scheme = URL.canParse(context.value) ? new URL(context.value).protocol.slice(0, -1) : null
      if (scheme === null) refuse(context, 'URL_TYPE_INVALID_URL', 'Not a well formed URL.')
      else if (!schemes.includes(scheme)) {
        const list = schemes.map((allowed) => `'${allowed}'`).join(', ')
        refuse(context, 'URL_TYPE_INVALID_SCHEME', `Scheme "${scheme}" must be one of (${list}).`)
      }
    })
}

function refuse(context: z.core.ParsePayload<string>, code: string, message: string): void {
  context.issues.push({ code: 'custom', input: context.value, message, params: { code } })
}

export const webUrl = urlOf(['http', 'https'])
/** Of the web, or `attachment://` with the name of a file that comes along. */
export const mediaUrl = urlOf(['http', 'https', 'attachment'])
