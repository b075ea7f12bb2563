import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { listenError, portOf } from '../server/listen.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'

export interface ReadinessState {
  readonly ok: boolean
  /** For an operator: what was found, or what is missing. */
  readonly detail: string
}

/** One condition of being ready. `check` must be cheap: probes call it every few seconds. */
export interface ReadinessCheck {
  readonly name: string
  check(): ReadinessState | Promise<ReadinessState>
}

export interface OpsServer extends AsyncDisposable {
  readonly port: number
  /** From now on `/readyz` fails, so that no new work is sent to this process. */
  setDraining(): void
  close(): Promise<void>
}

export interface OpsServerOptions {
  readonly host: string
  /** 0: the system chooses. */
  readonly port: number
  readonly metrics: Metrics
  readonly checks: readonly ReadinessCheck[]
  readonly logger: Logger
}

/**
 * Starts `/livez` (the process answers), `/readyz` (every check passes; `?verbose` lists them) and `/metrics`.
 * @throws PortInUseError
 */
export async function startOpsServer(options: OpsServerOptions): Promise<OpsServer> {
  let draining = false
  const server = createServer((request, response) => {
    answer(request, response, { ...options, draining: () => draining }).catch((error: unknown) => {
      options.logger.error(
        { event: 'ops-request-failed', err: error },
        'could not answer a request for health or metrics',
      )
      send(response, 500, 'the check itself failed; see the log\n')
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, { ...options, variable: 'OPS_PORT' })))
    server.listen(options.port, options.host, resolve)
  })
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return {
    port: portOf(server),
    setDraining: () => {
      draining = true
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  ops: Pick<OpsServerOptions, 'checks' | 'metrics'> & { readonly draining: () => boolean },
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://ops')
  if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, 'only GET\n')
  switch (url.pathname) {
    case '/livez':
      return send(response, 200, 'ok\n')
    case '/readyz': {
      const states = await readiness(ops.checks, ops.draining())
      const ready = states.every((state) => state.ok)
      const lines = states.map(({ name, ok, detail }) => `[${ok ? '+' : '-'}] ${name}: ${detail}\n`)
      const body = url.searchParams.has('verbose') || !ready ? lines.join('') : ''
      return send(response, ready ? 200 : 503, `${body}${ready ? 'ready' : 'not ready'}\n`)
    }
    case '/metrics':
      return send(response, 200, await ops.metrics.registry.metrics(), ops.metrics.registry.contentType)
    default:
      return send(response, 404, 'only /livez, /readyz and /metrics are here\n')
  }
}

async function readiness(
  checks: readonly ReadinessCheck[],
  draining: boolean,
): Promise<(ReadinessState & { name: string })[]> {
  const states = await Promise.all(
    checks.map(async (entry) => {
      try {
        return { name: entry.name, ...(await entry.check()) }
      } catch (error) {
        return { name: entry.name, ok: false, detail: error instanceof Error ? error.message : String(error) }
      }
    }),
  )
  return draining
    ? [{ name: 'draining', ok: false, detail: 'the process is shutting down' }, ...states]
    : states
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body)
}
