import type { ConfigRouter } from '@guildmesh/contracts'
import type { MeshConnection } from '../client/connection.ts'
import type { Secret } from '../config/secret.ts'
import type { Identity, TokenSource } from '../identity/identity.ts'
import { joinToken } from '../identity/join-token.ts'
import type { Logger } from '../observability/logger.ts'
import { backgroundTimers } from '../time/timers.ts'
import { retry } from '../work/retry.ts'
import { Worker } from '../work/worker.ts'

/** A key is registered again after this part of its validity, so that two attempts may fail. */
const renewAfter = 1 / 3
const backoff = { firstMs: 200, maxMs: 5000, jitter: 'full' } as const

export interface KeepEnrolledOptions {
  /** Connects to the config API as `self`, which is a join token here: `(self) => connectMesh({ self, audience: 'config', … })`. */
  readonly connect: (self: TokenSource) => MeshConnection<ConfigRouter>
  readonly identity: Identity
  readonly joinSecret: Secret
  readonly logger: Logger
  readonly signal: AbortSignal
}

/**
 * Registers this process's public key at the config API, and again before it runs out, until the signal ends it.
 * Tries until it succeeds; resolves after the first success.
 * @throws the signal's reason, if it is aborted before that
 */
export async function keepEnrolled(options: KeepEnrolledOptions): Promise<void> {
  const { identity, joinSecret, signal, logger } = options
  const connection = options.connect({ token: () => joinToken(joinSecret, identity.name) })
  signal.addEventListener('abort', () => void connection[Symbol.asyncDispose](), { once: true })
  const { name, kid, publicKey } = identity
  /** @returns when to register the key again */
  const enrol = async (ending: AbortSignal): Promise<number> => {
    const { enrol: call } = connection.client.services
    const { validForMs } = await call.mutate({ name, kid, publicKey }, { signal: ending })
    logger.debug({ event: 'key-registered', name, kid, validForMs }, 'registered the key of this process')
    return validForMs * renewAfter
  }
  const onFailure = (error: unknown) =>
    logger.warn(
      { event: 'key-not-registered', err: error, name },
      'the config API did not register the key of this process; trying again',
    )
  const firstPauseMs = await retry(enrol, { backoff, signal, onFailure })
  const renewal = new Worker({
    work: (run) => enrol(run.signal),
    firstPauseMs,
    backoff,
    onFailure,
    timers: backgroundTimers,
  })
  void renewal.run(signal)
}
