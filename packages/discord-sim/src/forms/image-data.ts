import { createHash } from 'node:crypto'
import { z } from 'zod'

/**
 * A data URI with a picture, which becomes the hash that Discord names it by; those that move begin with `a_`.
 * Sources: https://docs.discord.com/developers/reference#image-data and #image-formatting; the code is that of public
 * reports.
 */
export const imageData = z
  .string()
  .refine((text) => /^data:image\/(?:jpeg|png|gif);base64,[A-Za-z0-9+/]+={0,2}$/.test(text), {
    error: 'Invalid image data',
    params: { code: 'IMAGE_INVALID' },
  })
  .transform((text) => {
    const hash = createHash('sha256').update(text).digest('hex').slice(0, 32)
    return text.startsWith('data:image/gif') ? `a_${hash}` : hash
  })
