import { Failure, type PortalRouter } from '@guildmesh/contracts'
import { createTRPCClient, httpLink, type TRPCClient, TRPCClientError } from '@trpc/client'
import { z } from 'zod'
import { CliError, cliErrorOf } from './cli-error.ts'
import { exitCodes } from './exit-code.ts'
import type { Settings } from './settings.ts'

/** Where an edge serves its RPC. */
const rpcPath = '/api/trpc'

export type AdminClient = TRPCClient<PortalRouter>['admin']

/** The admin API of an edge. */
export interface AdminApi {
  /**
   * Asks the edge, and parses what it answers.
   * @throws CliError
   */
  call<S extends z.ZodType>(
    answer: S,
    ask: (admin: AdminClient, options: { signal: AbortSignal }) => Promise<unknown>,
  ): Promise<z.output<S>>
}

/** Connects to nothing yet: each call is one HTTP request. */
export function createAdminApi({ url, token }: Settings, signal: AbortSignal): AdminApi {
  const client = createTRPCClient<PortalRouter>({
    links: [
      httpLink({
        url: new URL(rpcPath, url).href,
        headers: { authorization: `Bearer ${token}` },
        // A redirect would take the token to another host, or a command to a page for people.
        fetch: (input, init = {}) => {
          const { method = 'POST', headers = {}, body = null } = init
          return fetch(input, { method, headers, body, signal: init.signal ?? null, redirect: 'error' })
        },
      }),
    ],
  })
  return {
    async call(answer, ask) {
      const given = await ask(client.admin, { signal }).catch((error: unknown) => {
        throw toCliError(error, url, signal)
      })
      const parsed = answer.safeParse(given)
      if (parsed.success) return parsed.data
      throw new CliError(`${url.origin} sent an answer that this version of guildmesh cannot read.`, {
        next: 'Use the guildmesh command of the same version as the edge.',
        exitCode: exitCodes.failed,
        cause: parsed.error,
      })
    },
  }
}

const ErrorData = z.object({ failure: Failure })

function toCliError(error: unknown, url: URL, signal: AbortSignal): CliError {
  if (signal.aborted) {
    return new CliError('Interrupted.', {
      next: 'The request may still take effect; check before you repeat it.',
      exitCode: exitCodes.interrupted,
      cause: error,
    })
  }
  if (error instanceof TRPCClientError) {
    const data = ErrorData.safeParse(error.data)
    if (data.success) return cliErrorOf(data.data.failure, error)
    if (error.meta?.['response'] !== undefined || error.cause instanceof SyntaxError) {
      return new CliError(`${url.origin} answers, but it is not a guildmesh edge.`, {
        next: 'Check GUILDMESH_URL: it must be the address of the portal.',
        exitCode: exitCodes.failed,
        cause: error,
      })
    }
  }
  return new CliError(`Cannot reach ${url.origin} (${reasonOf(error)}).`, {
    next: 'Check GUILDMESH_URL and that the mesh is running (`npm start` starts one here), then try again.',
    exitCode: exitCodes.retryable,
    cause: error,
  })
}

/** The innermost cause is the most specific: `fetch failed` hides `ECONNREFUSED`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.cause !== undefined && error.cause !== null) return reasonOf(error.cause)
  return 'code' in error ? String(error.code) : error.message
}
