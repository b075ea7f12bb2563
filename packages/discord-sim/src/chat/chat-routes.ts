import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance, FastifyReply } from 'fastify'

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.woff2': 'font/woff2',
  '.svg': 'image/svg+xml',
}

/** Only the simulator itself: no other host is asked for anything. Style attributes are set by the page's popovers. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "media-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

interface PageFile {
  body: Buffer
  contentType: string
  etag: string
}

/** Where the page lies when it was built: beside the bundle, or in `dist` when the sources run. */
const folders = ['./chat/', '../../dist/chat/'].map((path) => fileURLToPath(new URL(path, import.meta.url)))

/**
 * Serves the chat page at `/chat` with everything below it, and leads there from `/`. Without a built page it says how
 * to build it.
 */
export function registerChatRoutes(app: FastifyInstance): void {
  const files = readPage()
  const page = files.get('index.html')
  const send = (reply: FastifyReply, file: PageFile, ifNoneMatch: string | undefined) => {
    void reply.headers({
      'cache-control': 'no-cache',
      etag: file.etag,
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    })
    if (ifNoneMatch === file.etag) return reply.code(304).send()
    return reply.type(file.contentType).send(file.body)
  }
  const sendPage = (reply: FastifyReply, ifNoneMatch: string | undefined) =>
    page
      ? send(reply, page, ifNoneMatch)
      : reply.code(503).type('text/plain').send('The chat page is not built yet: npm run build\n')

  app.get('/', (_, reply) => reply.redirect('/chat', 302))
  app.get('/chat', (request, reply) => sendPage(reply, request.headers['if-none-match']))
  app.get<{ Params: { '*': string } }>('/chat/*', (request, reply) => {
    const file = files.get(request.params['*'])
    return file
      ? send(reply, file, request.headers['if-none-match'])
      : sendPage(reply, request.headers['if-none-match'])
  })
}

function readPage(): Map<string, PageFile> {
  const folder = folders.find((candidate) => existsSync(join(candidate, 'index.html')))
  if (folder === undefined) return new Map()
  const served = readdirSync(folder).filter((name) => extname(name) in contentTypes)
  return new Map(
    served.map((name) => {
      const body = readFileSync(join(folder, name))
      const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 24)}"`
      return [name, { body, contentType: contentTypes[extname(name)] ?? 'application/octet-stream', etag }]
    }),
  )
}
