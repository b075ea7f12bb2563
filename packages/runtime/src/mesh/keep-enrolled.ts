import type { ConfigRouter } from '@guildmesh/contracts'
import { setTimeout as delay } from 'node:timers/promises'
import type { MeshConnection } from '../client/connection.ts'
import { backoffMs } from '../client/retry-decision.ts'
import type { Secret } from '../config/secret.ts'
import type { Identity, TokenSource } from '../identity/identity.ts'
import { joinToken } from '../identity/join-token.ts'
import type { Logger } from '../observability/logger.ts'

/** A key is registered again after this part of its validity, so that two tries may fail. */
const renewAfter = 1 / 3
const firstRetryMs = 200
const longestRetryMs = 5000

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
 * @throws the signal's reason, where it is aborted before that
 */
export async function keepEnrolled(options: KeepEnrolledOptions): Promise<void> {
  const { identity, joinSecret, signal, logger } = options
  const connection = options.connect({ token: () => joinToken(joinSecret, identity.name) })
  signal.addEventListener('abort', () => void connection[Symbol.asyncDispose](), { once: true })
  const validForMs = await enrol(connection, identity, logger, signal)
  renewForEver(connection, identity, logger, signal, validForMs).catch((error: unknown) => {
    if (!signal.aborted) logger.error({ err: error }, 'the key of this process is no longer renewed')
  })
}

async function renewForEver(
  connection: MeshConnection<ConfigRouter>,
  identity: Identity,
  logger: Logger,
  signal: AbortSignal,
  firstValidForMs: number,
): Promise<void> {
  let validForMs = firstValidForMs
  while (!signal.aborted) {
    await delay(validForMs * renewAfter, undefined, { signal, ref: false })
    validForMs = await enrol(connection, identity, logger, signal)
  }
}

async function enrol(
  connection: MeshConnection<ConfigRouter>,
  { name, kid, publicKey }: Identity,
  logger: Logger,
  signal: AbortSignal,
): Promise<number> {
  for (let failures = 0; ;) {
    signal.throwIfAborted()
    try {
      const { validForMs } = await connection.client.services.enrol.mutate(
        { name, kid, publicKey },
        { signal },
      )
      logger.debug({ name, kid, validForMs }, 'key registered')
      return validForMs
    } catch (error) {
      signal.throwIfAborted()
      failures += 1
      logger.warn(
        { err: error, name },
        'the config API did not register the key of this process; trying again',
      )
      await delay(backoffMs(failures, Math.random(), firstRetryMs, longestRetryMs), undefined, { signal })
    }
  }
}
