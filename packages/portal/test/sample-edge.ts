import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Caller, portalRouter } from '@guildmesh/contracts'
import { createHTTPHandler } from '@trpc/server/adapters/standalone'
import type { SampleMesh, SampleUser } from './sample-mesh.ts'

const dist = fileURLToPath(new URL('../dist/', import.meta.url))

/** As strict as an edge can be: nothing inline, nothing from elsewhere. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

export interface SampleEdge extends AsyncDisposable {
  readonly url: string
  /** Who Discord says it is at the next sign-in; `null` cancels it. */
  signingIn: SampleUser | null
  /** Ends all sessions, as an edge does after a revocation. */
  endSessions(): void
  /** Drops every call without an answer, and streams that are open; or answers again. */
  setDeaf(deaf: boolean): void
}

/** An edge for the built portal: the real portal router over a mesh in memory, sessions by cookie, static files. */
export async function startSampleEdge(mesh: SampleMesh, signingIn: SampleUser): Promise<SampleEdge> {
  if (!existsSync(join(dist, 'index.html'))) {
    throw new Error('The portal is not built. Run `npm run build -w @guildmesh/portal` first.')
  }
  const sessions = new Map<string, SampleUser>()
  let deaf = false

  const rpc = createHTTPHandler({
    router: portalRouter,
    basePath: '/api/trpc/',
    createContext: ({ req }) => ({
      port: mesh.port,
      transport: { kind: 'http' as const, caller: callerOf(req, sessions), traceparent: null },
    }),
  })

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? '/', 'http://edge')
    if (url.pathname.startsWith('/api/trpc/')) {
      if (deaf) return void res.destroy()
      if (url.pathname === '/api/trpc/session.logout') sessions.delete(sessionOf(req))
      return rpc(req, res)
    }
    if (url.pathname === '/auth/login') {
      return redirect(
        res,
        `/auth/callback?${new URLSearchParams({ state: url.searchParams.get('to') ?? '/' })}`,
      )
    }
    if (url.pathname === '/auth/callback') {
      const to = url.searchParams.get('state') ?? '/'
      if (!edge.signingIn) return redirect(res, `/sign-in?${new URLSearchParams({ notice: 'denied', to })}`)
      const session = randomUUID()
      sessions.set(session, edge.signingIn)
      res.setHeader('set-cookie', `session=${session}; Path=/; HttpOnly; SameSite=Lax`)
      return redirect(res, to)
    }
    if (url.pathname.startsWith('/icons/')) return send(res, '.svg', iconOf(url.pathname))
    const path = normalize(url.pathname)
    const file = extname(path) === '' ? 'index.html' : path
    try {
      return send(res, extname(file), await readFile(join(dist, file)))
    } catch {
      res.writeHead(404).end()
    }
  }

  const server = createServer((req, res) => {
    answer(req, res).catch((error: unknown) => {
      res.destroy(error instanceof Error ? error : new Error(String(error)))
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo

  const edge: SampleEdge = {
    url: `http://127.0.0.1:${port}`,
    signingIn,
    endSessions: () => sessions.clear(),
    setDeaf(value) {
      deaf = value
      if (value) server.closeAllConnections()
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
    },
  }
  return edge
}

function sessionOf(req: IncomingMessage): string {
  return /(?:^|;\s*)session=([^;]+)/.exec(req.headers.cookie ?? '')?.[1] ?? ''
}

function callerOf(req: IncomingMessage, sessions: ReadonlyMap<string, SampleUser>): Caller {
  const sessionId = sessionOf(req)
  const user = sessions.get(sessionId)
  if (!user) return { kind: 'anonymous' }
  return user.operator
    ? { kind: 'operator', actor: user.name, userId: user.userId }
    : { kind: 'user', userId: user.userId, sessionId }
}

function redirect(res: ServerResponse, to: string): void {
  res.writeHead(302, { location: to }).end()
}

function send(res: ServerResponse, extension: string, body: Buffer | string): void {
  res
    .writeHead(200, {
      'content-type': types[extension] ?? 'application/octet-stream',
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
      'cache-control': extension === '.html' ? 'no-cache' : 'public, max-age=31536000, immutable',
    })
    .end(body)
}

/** A made-up server icon. */
function iconOf(path: string): string {
  const seed = Number(BigInt(/\d+/.exec(path)?.[0] ?? '7') % 9973n) * 31
  const hue = (seed * 47) % 360
  const turn = (seed * 13) % 90
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">
<rect width="64" height="64" fill="oklch(0.62 0.09 ${hue})"/>
<g transform="rotate(${turn} 32 32)"><rect x="-20" y="${24 + (seed % 12)}" width="110" height="${10 + (seed % 9)}" fill="oklch(0.87 0.07 ${(hue + 40) % 360})"/>
<circle cx="${20 + (seed % 24)}" cy="${18 + (seed % 20)}" r="${9 + (seed % 8)}" fill="oklch(0.36 0.07 ${hue})"/></g></svg>`
}
