import type { AddressInfo } from 'node:net'
import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { Chaos } from './chaos/chaos.ts'
import { realClock } from './clock.ts'
import type { ControlOperations } from './control/control-operations.ts'
import { registerChatRoutes } from './chat/chat-routes.ts'
import { registerControlRoutes } from './control/control-routes.ts'
import { registerHostGuard } from './control/host-guard.ts'
import { registerLiveRoute } from './control/live/live-routes.ts'
import { LiveViews } from './control/live/live-views.ts'
import { Timeline } from './control/live/timeline.ts'
import { watchGateway } from './control/live/watch-gateway.ts'
import { watchInteractions } from './control/live/watch-interactions.ts'
import { watchRest } from './control/live/watch-rest.ts'
import { LoadGenerator } from './control/load-generator.ts'
import { applicationOperations } from './control/operations/application-operations.ts'
import { chaosOperations } from './control/operations/chaos-operations.ts'
import { everydayOperations } from './control/operations/everyday-operations.ts'
import { faultOperations } from './control/operations/fault-operations.ts'
import { gatewayFaultOperations } from './control/operations/gateway-fault-operations.ts'
import { interactionOperations } from './control/operations/interaction-operations.ts'
import { loadOperations } from './control/operations/load-operations.ts'
import { messageOperations } from './control/operations/message-operations.ts'
import { reportOperations } from './control/operations/report-operations.ts'
import { timingOperations } from './control/operations/timing-operations.ts'
import type { SimUrls } from './control/operations/report-operations.ts'
import { worldOperations } from './control/operations/world-operations.ts'
import { GatewayHub } from './gateway/gateway-hub.ts'
import { GatewayServer } from './gateway/gateway-server.ts'
import { IdentifyBudget } from './gateway/identify-budget.ts'
import { ResumeListener } from './gateway/resume-listener.ts'
import { InteractionEndpoint } from './interactions/interaction-endpoint.ts'
import { InteractionService } from './interactions/interaction-service.ts'
import { RequestSigner } from './interactions/request-signer.ts'
import { WebhookEvents } from './interactions/webhook-events.ts'
import { UserActions } from './interactions/user-actions.ts'
import { registerAuthorizeRoutes } from './rest/authorize-routes.ts'
import type { AutoApproval } from './rest/authorize-routes.ts'
import { GrantStore } from './oauth/grants.ts'
import { defaultRetention } from './options.ts'
import type { DiscordSimOptions } from './options.ts'
import { EventLedger } from './oracle/event-ledger.ts'
import { Oracle } from './oracle/oracle.ts'
import { EffectWatch } from './oracle/rest-effects.ts'
import { Random } from './random.ts'
import { LinkPreviews } from './resources/link-previews.ts'
import { PollKeeper } from './resources/polls.ts'
import { ThreadArchiver } from './resources/thread-archiver.ts'
import { CommandRegistry } from './resources/commands.ts'
import { allRoutes } from './rest/all-routes.ts'
import { AttachmentStore } from './forms/attachment-store.ts'
import { SimError } from './discord-error.ts'
import { NonceLedger } from './rest/nonce-ledger.ts'
import { RateLimiter } from './rest/rate-limiter.ts'
import { ResourceLimits } from './rest/resource-limits.ts'
import type { RestContext } from './rest/rest-context.ts'
import { RestFaults } from './rest/rest-faults.ts'
import { RestJournal } from './rest/rest-journal.ts'
import { RestServer } from './rest/rest-server.ts'
import type { Route } from './rest/route.ts'
import { buildApplication, mintToken } from './seed/application-identity.ts'
import { seedGuilds } from './seed/seed-guilds.ts'
import { World } from './state/world.ts'

/** A running simulator. `await using` ends it. */
export interface DiscordSim extends AsyncDisposable {
  readonly urls: SimUrls
  /** The control API in process: the same verbs as over HTTP. */
  readonly control: ControlOperations
  /** The simulated world itself, for assertions. Change it through `control`. */
  readonly world: World
  /** Every REST route with the operation it answers. */
  readonly routes: readonly Pick<Route, 'method' | 'path' | 'operation'>[]
  /** Id and token of the interaction that was sent last, for tests that answer one by hand. */
  latestInteraction(): { id: string; token: string }
  stop(): Promise<void>
}

/** Starts a simulated Discord: REST, gateway, OAuth2 and control API on one port, the resume host on another. */
export async function startDiscordSim(options: DiscordSimOptions = {}): Promise<DiscordSim> {
  const host = options.host ?? '127.0.0.1'
  const seed = options.seed ?? 1
  const clock = options.clock ?? realClock
  const log = options.log ?? (() => undefined)

  const retention = { ...defaultRetention, ...options.retention }

  const identity = buildApplication(seed, options.appId, options.botUser)
  Object.assign(identity.app.privilegedIntents, options.privilegedIntents)
  const world = new World({
    clock,
    seed,
    app: identity.app,
    clockSkewMs: options.clockSkewMs ?? 0,
    messages: { perChannel: retention.messagesPerChannel, inAll: retention.messages },
    auditEntries: { perGuild: retention.auditEntriesPerGuild, inAll: retention.auditEntries },
  })
  world.timeAuditLog(options.auditLog ?? {})
  world.users.set(identity.bot.id, identity.bot)
  world.users.set(identity.owner.id, identity.owner)
  seedGuilds(world, { seed, guilds: options.guilds ?? 3, membersPerGuild: options.membersPerGuild ?? 24 })

  const linkPreviews = new LinkPreviews(world, options.linkPreviews?.delayMs ?? null)
  const threadArchiver = new ThreadArchiver(world)
  const pollKeeper = new PollKeeper(world)
  const ledger = new EventLedger(retention.events)
  const hub = new GatewayHub(
    world,
    { size: options.replay?.size ?? 50_000, ageMs: options.replay?.ageMs ?? 180_000 },
    (guild, event, payload) => ledger.record(guild.id, event.name, payload, event.at),
  )
  hub.interactionsOverHttp = () => world.app.interactionsEndpointUrl !== null
  const identifyBudget = new IdentifyBudget(
    {
      total: options.identify?.total ?? 1_000,
      windowMs: options.identify?.windowMs ?? 86_400_000,
      maxConcurrency: options.identify?.maxConcurrency ?? 1,
      perKeyMs: options.identify?.perKeyMs ?? 5_000,
    },
    clock,
  )
  const gateway = new GatewayServer(
    world,
    hub,
    identifyBudget,
    {
      heartbeatIntervalMs: options.heartbeatIntervalMs ?? 41_250,
      trimOnHeartbeat: options.replay?.trimOnHeartbeat ?? false,
      missedHeartbeats: options.missedHeartbeats ?? 'resume',
      backlogBytes: options.backlogBytes ?? 64_000_000,
    },
    () => {
      world.app.token = mintToken(world.app.botId, world.random)
      log('the daily IDENTIFY limit was exceeded: all sessions ended, the token was reset')
    },
  )
  const resumeListener = new ResumeListener(gateway, host, options.resumePort ?? 0)

  const signer = new RequestSigner(world.app.privateKeyPem)
  const webhookEvents = new WebhookEvents(world, signer)
  const endpoint = new InteractionEndpoint(world, signer, options.probeEveryMs ?? 60_000)
  if (options.interactionsUrl !== undefined) endpoint.assume(options.interactionsUrl)
  const attachments = new AttachmentStore(world)
  const interactions = new InteractionService(world, endpoint, attachments, retention.interactions)
  const grants = new GrantStore(clock, new Random(`oauth:${seed}`))
  const approval: AutoApproval = { userId: null }
  const nonces = new NonceLedger(clock, retention.nonces)
  const journal = new RestJournal(log)
  const limiter = new RateLimiter(
    clock,
    {
      globalPerSecond: options.rateLimits?.globalPerSecond ?? 50,
      invalidPerTenMinutes: options.rateLimits?.invalidPerTenMinutes ?? 10_000,
      enforced: options.rateLimits?.enforced ?? true,
    },
    () => world.clockSkewMs,
  )
  const faults = new RestFaults(seed)
  const context: RestContext = {
    world,
    commands: new CommandRegistry(world),
    attachments,
    nonces,
    limits: new ResourceLimits(clock, {
      enforced: options.rateLimits?.enforced ?? true,
      rules: options.rateLimits?.resources,
    }),
    interactions,
    endpoint,
    webhookEvents,
    grants,
    identifyBudget,
    recommendedShards: options.shards ?? 3,
    urls: { base: '', gateway: '' },
  }
  const load = new LoadGenerator(world)
  const chaos = new Chaos({
    world,
    gateway,
    hub,
    resumeListener,
    restFaults: faults,
    interactions,
    linkPreviews,
  })
  const oracle = new Oracle({
    ledger,
    effects: new EffectWatch(world),
    nonces,
    journal,
    limiter,
    interactions,
    endpoint,
    counters: hub.counters,
  })
  const urls: SimUrls = {
    base: '',
    api: '',
    gateway: '',
    resumeGateway: '',
    authorize: '',
    token: '',
    chat: '',
  }
  const control: ControlOperations = {
    ...worldOperations(world),
    ...messageOperations(world, attachments),
    ...interactionOperations(
      world,
      interactions,
      new UserActions(world, interactions, attachments),
      endpoint,
      grants,
      approval,
    ),
    ...chaosOperations(chaos),
    ...everydayOperations(world, linkPreviews),
    ...applicationOperations(world, webhookEvents),
    ...gatewayFaultOperations(context, gateway, hub, resumeListener),
    ...faultOperations(world, gateway, resumeListener, faults, interactions),
    ...loadOperations(load),
    ...timingOperations(world),
    ...reportOperations(world, oracle, journal, urls, String(seed)),
  }

  const timeline = new Timeline(clock)
  watchGateway(hub.counters, timeline)
  watchInteractions(world, interactions, timeline)
  const views = new LiveViews(world, timeline, () =>
    [...hub.sessions].map(({ shardId, shardCount, sink }) => ({
      shardId,
      shardCount,
      connected: sink !== null,
    })),
  )

  const app = buildHttp()
  const ownNames = [host, ...(options.publicHost === undefined ? [] : [options.publicHost.toLowerCase()])]
  registerHostGuard(app, { guarded: ['/_sim', '/chat'], linkable: ['/chat'] }, ownNames)
  watchRest(app, timeline, () => clock.now())
  const rest = new RestServer({ context, limiter, faults, journal })
  const routes = allRoutes(context)
  rest.register(app, routes)
  registerAuthorizeRoutes(app, context, approval)
  registerControlRoutes(app, control, () => views.changed())
  registerLiveRoute(app, world, views)
  registerChatRoutes(app)
  app.get<{ Params: { attachmentId: string } }>(
    '/attachments/:channelId/:attachmentId/:filename',
    (request, reply) => {
      const file = attachments.find(request.params.attachmentId)
      return file
        ? // Somebody's file must not act as a page of the simulator.
          reply
            .headers({ 'content-security-policy': 'sandbox', 'x-content-type-options': 'nosniff' })
            .type(file.contentType)
            .send(file.bytes)
        : reply.code(404).send('This content is no longer available.')
    },
  )
  app.setNotFoundHandler((request, reply) => {
    const others = (['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const).some(
      (method) => app.findRoute({ method, url: request.url.split('?')[0] ?? '' }) !== null,
    )
    return rest.notFound(request, reply, others)
  })
  app.server.on('upgrade', (request, socket, head) => gateway.upgrade(request, socket, head))

  await app.listen({ port: options.port ?? 0, host })
  await resumeListener.start()
  const { port } = app.server.address() as AddressInfo
  const shownHost = options.publicHost ?? (host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host)
  const base = `http://${shownHost}:${port}`
  Object.assign(urls, {
    base,
    api: `${base}/api`,
    gateway: `ws://${shownHost}:${port}`,
    resumeGateway: `ws://${shownHost}:${resumeListener.port}`,
    authorize: `${base}/oauth2/authorize`,
    token: `${base}/api/oauth2/token`,
    chat: `${base}/chat`,
  } satisfies SimUrls)
  context.urls.base = base
  context.urls.gateway = urls.gateway
  attachments.baseUrl = base
  gateway.resumeUrl = urls.resumeGateway
  if (options.chaos) chaos.start(options.chaos)
  if (options.rate) load.start({ rate: options.rate, seed })

  let stopped: Promise<void> | null = null
  const stop = () => {
    stopped ??= (async () => {
      load.stop()
      chaos.stop()
      views.dispose()
      endpoint.dispose()
      webhookEvents.dispose()
      linkPreviews.dispose()
      threadArchiver.dispose()
      pollKeeper.dispose()
      gateway.dispose()
      hub.dispose()
      await resumeListener.stop()
      await app.close()
      if (options.strict && journal.violations.length > 0) {
        throw new Error(
          `strict mode: ${journal.violations.length} violations, first: ${journal.violations[0]}`,
        )
      }
    })()
    return stopped
  }
  const latestInteraction = () => {
    const record = interactions.latest
    if (!record) throw new SimError('no interaction was sent yet')
    return { id: record.id, token: record.token }
  }
  return { urls, control, world, routes, latestInteraction, stop, [Symbol.asyncDispose]: stop }
}

/** HTTP without opinions: bodies stay bytes, since signatures and forms of many kinds pass here. */
function buildHttp(): FastifyInstance {
  const app = fastify({
    forceCloseConnections: true,
    bodyLimit: 26_214_400,
    routerOptions: { maxParamLength: 5_000 },
    // Clients encode the @ of @me and @original, which the router would take for another path.
    rewriteUrl: (request) => {
      const [path = '/', ...rest] = (request.url ?? '/').split('?')
      return [path.replaceAll(/%40/gi, '@'), ...rest].join('?')
    },
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
  return app
}
