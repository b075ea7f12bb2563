import {
  type Caller,
  type ConfigPort,
  createConfigCaller,
  type Failure,
  failureOfError,
  type GatewayId,
  gatewayIdOf,
  GuildId,
  type Incarnation,
  MeshError,
} from '@guildmesh/contracts'
import { createLogger, Metrics, Secret } from '@guildmesh/runtime'
import { TRPCError } from '@trpc/server'
import { type ConfigCore, type ConfigCoreOptions, createConfigCore } from '../src/config-core.ts'

export const quiet = createLogger({ service: 'test', level: 'silent' })
export const joinSecret = new Secret('a join secret that only these tests know')

/** One config API replica without a server, on a test database. */
export function startCore(url: string, overrides: Partial<ConfigCoreOptions> = {}): Promise<ConfigCore> {
  return createConfigCore({
    name: 'config-test',
    databaseUrl: new Secret(url),
    joinSecret,
    logger: quiet,
    metrics: new Metrics({ processMetrics: false }),
    ...overrides,
  })
}

/** The procedures as somebody calls them: with input checks, authorisation and deadlines. */
export function callAs(core: { readonly port: ConfigPort }, caller: Caller) {
  return createConfigCaller({ port: core.port, transport: { kind: 'http', caller, traceparent: null } })
}

export const edge: Caller = { kind: 'service', name: 'edge-0', role: 'edge', gatewayId: null }
export const operator: Caller = { kind: 'operator', actor: 'operator-token:test', userId: null }

export function gatewayCaller(ordinal: number): Caller {
  const gatewayId = gatewayIdOf(ordinal)
  return { kind: 'service', name: gatewayId, role: 'gateway', gatewayId }
}

export function guild(number: number): GuildId {
  return GuildId.parse((100_000_000_000_000_000n + BigInt(number)).toString())
}

export const noLoad = { guilds: 0, eventsPerSecond: 0, databaseBytes: 0, rssBytes: 0 }

/** A gateway that has registered, with its calls. */
export interface TestGateway {
  readonly gatewayId: GatewayId
  readonly incarnation: Incarnation
  readonly calls: ReturnType<typeof callAs>
}

export async function registerGateway(
  core: { readonly port: ConfigPort },
  ordinal: number,
  options: { capacity?: number; previous?: Incarnation | null; address?: string } = {},
): Promise<TestGateway> {
  const calls = callAs(core, gatewayCaller(ordinal))
  const gatewayId = gatewayIdOf(ordinal)
  const { incarnation } = await calls.gateways.register({
    gatewayId,
    address: options.address ?? `ws://127.0.0.1:${30_000 + ordinal}`,
    region: 'test',
    version: '1.2.3',
    capacity: options.capacity ?? 1000,
    previous: options.previous ?? null,
  })
  return { gatewayId, incarnation, calls }
}

/** The typed failure that a call ends with. Throws if the call is answered, or fails in an unexpected way. */
export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const error = await work.then(
    () => new Error('the call was answered'),
    (reason: unknown) => reason,
  )
  if (error instanceof MeshError) return error.failure
  if (error instanceof TRPCError) {
    const failure = failureOfError(error)
    if (failure.kind !== 'Internal') return failure
  }
  throw error
}
