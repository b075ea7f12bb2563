import type { FastifyHelmetOptions } from '@fastify/helmet'
import { discordImageOrigin } from '../portal/discord-images.ts'

/** What the portal's pages may load and do. Everything else, and being framed by another page, is refused. */
export function pageHeaders(publicUrl: URL): FastifyHelmetOptions {
  const secure = publicUrl.protocol === 'https:'
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        // React Aria sets styles from scripts; styles can show nothing that the page does not have.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:', discordImageOrigin],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        ...(secure ? { upgradeInsecureRequests: [] } : {}),
      },
    },
    strictTransportSecurity: secure ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    referrerPolicy: { policy: 'same-origin' },
    // Discord's pictures come without the header that this one would ask of them.
    crossOriginEmbedderPolicy: false,
    xFrameOptions: { action: 'deny' },
  }
}
