import type { FastifyInstance } from 'fastify'

/** The headers by which a browser tells where a request comes from. */
export interface RequestOrigin {
  host: string | undefined
  origin: string | undefined
  fetchSite: string | undefined
  fetchMode: string | undefined
  /** A link on another site may lead there. */
  linkable: boolean
}

/**
 * Why a request to the control API or the chat page is refused; null if it is not. Whoever reaches them can do
 * anything in the simulated world and read the bot's token, so no page of another site may: neither by a name of its
 * own that it lets point to this machine (DNS rebinding), nor by requests to this machine's name. Addresses and names
 * without a dot cannot be given out by a stranger's name server; other names must be ours.
 */
export function refuseOrigin(request: RequestOrigin, ownNames: readonly string[]): string | null {
  const name = hostnameOf(request.host)
  if (name === null || !(isLocalName(name) || ownNames.includes(name))) {
    return `the host "${request.host ?? ''}" is not one of the simulator's; start it with --public-host to add it`
  }
  if (request.origin !== undefined && request.origin !== `http://${request.host}`) {
    return `pages of ${request.origin} may not use the simulator`
  }
  const isForeign = request.fetchSite === 'cross-site' || request.fetchSite === 'same-site'
  if (isForeign && !(request.linkable && request.fetchMode === 'navigate'))
    return 'pages of other sites may not use the simulator'
  return null
}

/** Guards every path below `guarded`; to those below `linkable`, pages of other sites may link. */
export function registerHostGuard(
  app: FastifyInstance,
  paths: { guarded: readonly string[]; linkable: readonly string[] },
  ownNames: readonly string[],
): void {
  app.addHook('onRequest', async (request, reply) => {
    const { pathname } = new URL(request.url, 'http://sim')
    const isBelow = (path: string) => pathname === path || pathname.startsWith(`${path}/`)
    if (!paths.guarded.some(isBelow)) return
    const { headers } = request
    const refusal = refuseOrigin(
      {
        host: headers.host,
        origin: headers.origin,
        fetchSite: one(headers['sec-fetch-site']),
        fetchMode: one(headers['sec-fetch-mode']),
        linkable: paths.linkable.some(isBelow),
      },
      ownNames,
    )
    if (refusal !== null) await reply.code(403).send({ message: refusal })
  })
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}

function hostnameOf(host: string | undefined): string | null {
  if (host === undefined) return null
  const match = /^(\[[\da-f:.]+\]|[\w.-]+)(?::\d+)?$/i.exec(host)
  return match?.[1]?.toLowerCase() ?? null
}

function isLocalName(name: string): boolean {
  const isAddress = name.startsWith('[') || /^\d+(\.\d+){3}$/.test(name)
  return isAddress || !name.includes('.') || name.endsWith('.localhost')
}
