import { ConfigError } from '../config/config-error.ts'
import { commonConfig } from '../config/common-config.ts'
import { createLogger, type Logger } from '../observability/logger.ts'
import { redactText } from '../observability/redact.ts'
import { PortInUseError } from '../server/listen.ts'
import type { App, AppTools } from './app.ts'

/** How long closing the parts may take after the drain; then the process exits regardless. */
const disposeLimitMs = 5000

const exitCodes = { ended: 0, failed: 1, badConfiguration: 2 } as const

type End =
  | { readonly why: 'signal'; readonly name: NodeJS.Signals }
  | { readonly why: 'failure'; readonly error: unknown }

/**
 * The main function of a service: builds the app, waits for a signal or a failure, shuts down in order and exits.
 * SIGTERM and SIGINT: the app drains within SHUTDOWN_GRACE_MS, then stops; a second signal stops it at once.
 * Exit codes: 0 stopped as asked, 1 failed, 2 the configuration is wrong (every problem is printed).
 */
export async function runMain(name: string, build: (tools: AppTools) => Promise<App>): Promise<void> {
  const { env } = process
  const logger = createLogger({
    service: name,
    level: commonConfig.LOG_LEVEL.catch('info').parse(env.LOG_LEVEL || undefined),
  })
  const stopping = new AbortController()
  const ended = Promise.withResolvers<End>()
  const hurry = Promise.withResolvers<void>()
  let signals = 0
  const onSignal = (signal: NodeJS.Signals) => {
    signals += 1
    if (signals > 1) return hurry.resolve()
    ended.resolve({ why: 'signal', name: signal })
  }
  const onError = (error: unknown) => ended.resolve({ why: 'failure', error })
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal)
  process.on('uncaughtException', onError).on('unhandledRejection', onError)

  // A composition root may throw before it returns a promise: it reads its configuration first.
  const built = (async () => build({ env, signal: stopping.signal }))()
  const first = await Promise.race([
    built.then(
      (app) => ({ app }),
      (error: unknown) => ({ error }),
    ),
    ended.promise,
  ])
  if ('error' in first && !('why' in first)) return exit(reportStartFailure(name, logger, first.error))
  if ('app' in first) {
    logger.info({ event: 'service-ready' }, 'serving')
    first.app.failed.catch(onError)
  }
  const end = await ended.promise
  const code = reportEnd(logger, end)
  stopping.abort(new Error(`${name} is ending`))
  const app = await Promise.race([built.catch(() => null), limit(disposeLimitMs), hurry.promise])
  if (app) {
    if (end.why === 'signal') await Promise.race([drain(app, logger), limit(graceMs(env)), hurry.promise])
    await Promise.race([dispose(app, logger), limit(signals > 1 ? disposeLimitMs / 5 : disposeLimitMs)])
  }
  logger.info({ event: 'service-stopped', exitCode: code }, 'stopped')
  return exit(code)
}

function graceMs(env: NodeJS.ProcessEnv): number {
  return commonConfig.SHUTDOWN_GRACE_MS.catch(30_000).parse(env.SHUTDOWN_GRACE_MS || undefined)
}

/** Written for people. What is not a known mistake is logged with its stack as well. */
function reportStartFailure(name: string, logger: Logger, error: unknown): number {
  const isKnown = error instanceof ConfigError || error instanceof PortInUseError
  if (!isKnown) logger.fatal({ event: 'start-failed', err: error }, 'cannot start')
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(`${name} cannot start. ${redactText(message)}\n`)
  return error instanceof ConfigError ? exitCodes.badConfiguration : exitCodes.failed
}

function reportEnd(logger: Logger, end: End): number {
  if (end.why === 'signal') {
    logger.info({ event: 'shutdown-requested', signal: end.name }, 'shutting down: draining')
    return exitCodes.ended
  }
  logger.fatal({ event: 'service-failed', err: end.error }, 'shutting down after a failure')
  return exitCodes.failed
}

async function drain(app: App, logger: Logger): Promise<void> {
  try {
    await app.drain()
  } catch (error) {
    logger.error({ event: 'drain-failed', err: error }, 'draining failed')
  }
}

async function dispose(app: App, logger: Logger): Promise<void> {
  try {
    await app[Symbol.asyncDispose]()
  } catch (error) {
    logger.error({ event: 'close-failed', err: error }, 'closing a part failed')
  }
}

function limit(ms: number): Promise<null> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(null), ms).unref()
  })
}

function exit(code: number): never {
  process.exit(code)
}
