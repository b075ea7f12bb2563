import { type ConfigRouter, configRouter, gatewayRouter } from '@guildmesh/contracts'
import {
  type App,
  type Clock,
  connectMesh,
  createGatewayConnections,
  createIdentity,
  createLogger,
  type GatewayConnections,
  type Logger,
  type MeshConnection,
  Metrics,
  RoutingTable,
  startOpsServer,
  systemClock,
  type TokenSource,
} from '@guildmesh/runtime'
import type { EdgeConfig } from './config.ts'
import { edgeName, startControlPlaneWork } from './control-plane.ts'
import { createPortal } from './create-portal.ts'
import { type AnswerLaterPort, askToTryAgain } from './interactions/answer-later.ts'
import { InteractionForwarder } from './interactions/interaction-forwarder.ts'
import { createWebhookMetrics } from './interactions/interaction-metrics.ts'
import { createSignatureVerifier } from './interactions/signature.ts'
import { OwnerCalls } from './owner/owner-calls.ts'
import { createOwnerMetrics } from './owner/owner-metrics.ts'
import { startEdgeServer } from './server/edge-server.ts'

/** Parts that a test or the monolith puts in the place of the edge's own. */
export interface EdgeOverrides {
  /** The connection to the config API. Whoever made it closes it, and has registered its key. */
  readonly config?: MeshConnection<ConfigRouter>
  readonly gateways?: Pick<GatewayConnections, 'to'>
  /** A table that somebody else keeps up to date. */
  readonly routes?: RoutingTable
  readonly answerLater?: AnswerLaterPort
  readonly clock?: Clock
  readonly logger?: Logger
  readonly metrics?: Metrics
  /** `false`: whoever composes the process serves health and metrics. */
  readonly ops?: false
}

export interface EdgeApp extends App {
  readonly port: number
  /** Port of health and metrics; `null` if they are not served here. */
  readonly opsPort: number | null
  /** Why this edge cannot serve now; `null` if it can. */
  whyNotReady(): string | null
}

/**
 * Builds an edge. It serves at once, even while the config API is unreachable, but is not ready before it has the
 * assignments. From then on it asks the config API only if it has to.
 * @throws PortInUseError
 */
export async function createEdgeApp(
  config: EdgeConfig,
  tools: { readonly signal: AbortSignal },
  overrides: EdgeOverrides = {},
): Promise<EdgeApp> {
  await using stack = new AsyncDisposableStack()
  const stopping = new AbortController()
  const signal = AbortSignal.any([tools.signal, stopping.signal])
  stack.defer(() => stopping.abort(new Error('the edge is shutting down')))
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => undefined)

  const name = edgeName(config.POD_NAME)
  const clock = overrides.clock ?? systemClock
  const logger = overrides.logger ?? createLogger({ service: name, level: config.LOG_LEVEL })
  const metrics = overrides.metrics ?? new Metrics()
  let draining = false

  const identity = await createIdentity(name)
  const connect = (self: TokenSource) =>
    connectMesh({ self, router: configRouter, audience: 'config', urls: config.configUrls, logger, metrics })
  const connection = overrides.config ?? stack.use(connect(identity))
  const routes = overrides.routes ?? new RoutingTable()
  const gateways =
    overrides.gateways ??
    stack.use(
      createGatewayConnections({
        self: identity,
        router: gatewayRouter,
        addressOf: (gatewayId) => routes.gateway(gatewayId)?.address ?? null,
        logger,
        metrics,
      }),
    )
  let isEnrolled = overrides.config !== undefined
  startControlPlaneWork({
    config,
    connect,
    connection,
    identity,
    logger,
    signal,
    table: overrides.routes ? null : routes,
    enrol: !isEnrolled,
    onEnrolled: () => {
      isEnrolled = true
    },
    onFailure: failed.reject,
  })

  const owners = new OwnerCalls({
    routes,
    gateways,
    config: connection.client,
    clock,
    logger,
    metrics: createOwnerMetrics(metrics),
  })
  const portal = createPortal({
    config,
    configClient: connection.client,
    gateways,
    owners,
    routes,
    clock,
    logger,
  })
  const forwarder = new InteractionForwarder({
    owners,
    gateways,
    routes,
    later: overrides.answerLater ?? askToTryAgain,
    logger,
  })
  const whyNotReady = () => {
    if (draining) return 'this edge is shutting down'
    if (!isEnrolled) return 'the config API has not registered the key of this edge yet'
    return routes.revision !== null ? null : 'the config API has not sent the assignments yet'
  }
  const server = await startEdgeServer({
    host: config.HOST,
    port: config.PORT,
    publicUrl: config.publicUrl,
    portalDir: config.portalDir,
    trustProxy: config.TRUST_PROXY,
    requestsPerMinute: config.RATE_LIMIT_PER_MINUTE,
    portal: portal.port,
    callers: portal.callers,
    login: portal.login,
    webhook: {
      verify: await createSignatureVerifier(config.DISCORD_PUBLIC_KEY),
      forwarder,
      clock,
      logger,
      metrics: createWebhookMetrics(metrics),
    },
    whyNotReady,
    logger,
    metrics,
  })
  stack.use(server)
  const { port } = server
  const ops =
    overrides.ops === false
      ? null
      : stack.use(
          await startOpsServer({
            host: config.OPS_HOST,
            port: config.OPS_PORT,
            metrics,
            logger,
            checks: [
              {
                name: 'routing',
                check: () => {
                  const reason = whyNotReady()
                  return { ok: reason === null, detail: reason ?? `revision ${routes.revision}` }
                },
              },
            ],
          }),
        )
  logger.info({ event: 'edge-listening', port, publicUrl: config.publicUrl.href }, 'listening')

  const owned = stack.move()
  return {
    port,
    opsPort: ops?.port ?? null,
    whyNotReady,
    failed: failed.promise,
    async drain() {
      draining = true
      ops?.setDraining()
      await server.drain()
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
