import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { Logger } from '@guildmesh/runtime'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sendFailure } from './failure-answers.ts'

export interface PortalFilesOptions {
  readonly directory: string
  readonly logger: Logger
}

const yearSeconds = 31_536_000
const page = 'index.html'
/** The build puts files here whose names carry a hash of their content. */
const hashedFiles = /[/\\]assets[/\\][^/\\]+$/
/** Paths for programs: a wrong one is answered with a failure, not with the portal's page. */
const programPaths = /^\/(api|auth|webhooks|healthcheck|assets)(\/|$|\?)/

/** Serves the built portal: its files, and its page for every address that only the page itself knows. */
export async function portalFiles(fastify: FastifyInstance, options: PortalFilesOptions): Promise<void> {
  const { directory, logger } = options
  const isBuilt = existsSync(join(directory, page))
  if (isBuilt) {
    await fastify.register(fastifyStatic, {
      root: directory,
      index: [page],
      dotfiles: 'ignore',
      cacheControl: false,
      setHeaders(response, path) {
        const cache = hashedFiles.test(path) ? `public, max-age=${yearSeconds}, immutable` : 'no-cache'
        response.header('cache-control', cache)
      },
    })
  } else {
    logger.warn(
      { event: 'portal-not-built', directory },
      `portal not built in ${directory}: run "npm run build" or set PORTAL_DIR; the APIs work without it`,
    )
  }

  fastify.setNotFoundHandler((request, reply) => {
    if (isBuilt && wantsPage(request)) return reply.sendFile(page)
    return sendFailure(reply, { kind: 'NotFound', what: 'page', id: request.url.slice(0, 200) })
  })
  if (!isBuilt) fastify.get('/', async (_request, reply) => notBuilt(reply))
}

function wantsPage({ method, url, headers }: FastifyRequest): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false
  return !programPaths.test(url) && (headers.accept ?? '').includes('text/html')
}

function notBuilt(reply: FastifyReply): FastifyReply {
  return reply
    .status(503)
    .type('text/plain; charset=utf-8')
    .send(
      'The portal has not been built. Run "npm run build" or set PORTAL_DIR to its folder, then restart.\n',
    )
}
