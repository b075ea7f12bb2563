import { randomUUID } from 'node:crypto'
import {
  type Assignment,
  gatewayIdOf,
  type GatewayStatus,
  type LeaseTerms,
  MeshError,
  ordinalOf,
} from '@guildmesh/contracts'
import type { z } from 'zod'
import { defineRoute, noParts, type Procedures, type RestRoute } from './rest-route.ts'
import * as schemas from './rest-schemas.ts'

/** Pods that were not heard of for this long are left out of the health list. Milliseconds. */
const seenWithinMs = 2 * 60 * 1000

const podHealth = {
  ...noParts,
  method: 'GET',
  summary: 'Every pod that was heard of within two minutes.',
  answer: schemas.PodHealth,
  run: async (procedures: Procedures) => {
    const { gateways } = await procedures.gateways.list({ seenWithinMs })
    return {
      body: gateways.map((gateway) => ({
        pod_id: ordinalOf(gateway.gatewayId),
        pod_name: gateway.gatewayId,
        status: podStatus(gateway.status),
        guild_count: gateway.guildCount,
        capacity: gateway.capacity,
        last_heartbeat: instant(gateway.lastHeartbeatAt),
      })),
    }
  },
} as const

/** Every REST route: the tRPC procedures in operators' words, with the same callers and the same failures. */
export const restRoutes: readonly RestRoute[] = [
  defineRoute({
    ...noParts,
    method: 'GET',
    url: '/health',
    summary: 'Whether the service answers.',
    open: true,
    answer: schemas.Healthy,
    run: async () => ({ body: { status: 'ok' as const } }),
  }),
  defineRoute({
    ...noParts,
    method: 'GET',
    url: '/guild/:guildId/assignment',
    summary: 'Which pod owns a guild. Never assigns: 404 if no pod does.',
    path: schemas.GuildPath,
    answer: schemas.PodAssignment,
    run: async (procedures, { path }) => ({ body: podOf(await procedures.assignments.lookup(path)) }),
  }),
  defineRoute({
    ...noParts,
    method: 'POST',
    url: '/guild/:guildId/assignment',
    summary: 'Which pod owns a guild; assigned to the least loaded one if none does.',
    path: schemas.GuildPath,
    answer: schemas.PodAssignment,
    run: async (procedures, { path }) => ({ body: podOf(await procedures.assignments.ensure(path)) }),
  }),
  defineRoute({
    ...noParts,
    method: 'GET',
    url: '/guild-assignments',
    summary: 'Assignments, a page at a time: the Link header names the next page, X-Total-Count the number.',
    query: schemas.GuildAssignmentsQuery,
    answer: schemas.GuildAssignments,
    run: (procedures, { query }) => listAssignments(procedures, query),
  }),
  defineRoute({
    ...noParts,
    method: 'POST',
    url: '/pod/register',
    summary: 'Begins a new incarnation of a pod. Only the pod itself may do this.',
    body: schemas.RegisterBody,
    answer: schemas.Registered,
    run: async (procedures, { body }) => {
      const gatewayId = gatewayIdOf(body.pod_id)
      requirePodName(body.pod_name, gatewayId)
      const { incarnation, status, lease } = await procedures.gateways.register({
        gatewayId,
        address: body.address ?? `ws://${gatewayId}.gateway-internal:3000`,
        region: body.region,
        version: body.version,
        capacity: body.capacity,
        previous: body.previous,
      })
      return { body: { ...renewed(status, lease), incarnation } }
    },
  }),
  defineRoute({
    ...noParts,
    method: 'POST',
    url: '/pod/:podId/heartbeat',
    summary: 'Renews the lease of an incarnation of a pod. Never changes its status.',
    path: schemas.PodPath,
    body: schemas.HeartbeatBody,
    answer: schemas.Renewed,
    run: async (procedures, { path, body }) => {
      const { status, lease } = await procedures.gateways.heartbeat({
        gatewayId: gatewayIdOf(path.podId),
        incarnation: body.incarnation,
        load: {
          guilds: body.guild_count,
          eventsPerSecond: body.events_per_second,
          databaseBytes: body.database_bytes,
          rssBytes: body.rss_bytes,
        },
      })
      return { body: renewed(status, lease) }
    },
  }),
  defineRoute({ ...podHealth, url: '/pods/health' }),
  defineRoute({ ...podHealth, url: '/pod-health' }),
  defineRoute({
    ...noParts,
    method: 'POST',
    url: '/guild/:guildId/reassign',
    summary: 'Starts moving a guild to another pod. Only guilds without data can be moved by hand.',
    status: 202,
    path: schemas.GuildPath,
    body: schemas.ReassignBody,
    answer: schemas.Reassigned,
    run: (procedures, { path, body }) => reassign(procedures, path.guildId, body),
  }),
  defineRoute({
    ...noParts,
    method: 'POST',
    url: '/reassign-guild',
    summary: 'The same as POST /guild/{guildId}/reassign, with the guild in the body.',
    status: 202,
    body: schemas.ReassignGuildBody,
    answer: schemas.Reassigned,
    run: (procedures, { body }) => reassign(procedures, body.guild_id, body),
  }),
]

async function listAssignments(
  procedures: Procedures,
  { pod_id, after, limit }: z.output<typeof schemas.GuildAssignmentsQuery>,
) {
  const page = await procedures.assignments.list({
    limit,
    ...(after === undefined ? {} : { after }),
    ...(pod_id === undefined ? {} : { gatewayId: gatewayIdOf(pod_id) }),
  })
  const headers: Record<string, string> = { 'x-total-count': String(page.total) }
  if (page.next !== null) {
    const next = new URLSearchParams({ after: page.next, limit: String(limit) })
    if (pod_id !== undefined) next.set('pod_id', String(pod_id))
    headers.link = `</guild-assignments?${next.toString()}>; rel="next"`
  }
  const body = page.assignments.map(({ guildId, gatewayId, assignedAt, lastSeenAt }) => ({
    guild_id: guildId,
    pod_id: ordinalOf(gatewayId),
    assigned_at: instant(assignedAt),
    last_seen: lastSeenAt === null ? null : instant(lastSeenAt),
  }))
  return { body, headers }
}

async function reassign(
  procedures: Procedures,
  guildId: string,
  { target_pod_id, reason, idempotency_key }: z.output<typeof schemas.ReassignBody>,
) {
  const { moveId, state } = await procedures.moves.start({
    guildId,
    target: gatewayIdOf(target_pod_id),
    reason,
    idempotencyKey: idempotency_key ?? `rest:${randomUUID()}`,
  })
  return { body: { success: true, move_id: moveId, state } } as const
}

function podOf({ gatewayId }: Assignment) {
  return { pod_id: ordinalOf(gatewayId), pod_name: gatewayId }
}

function renewed(status: GatewayStatus, { leaseTtlMs, renewEveryMs }: LeaseTerms) {
  return {
    success: true,
    status: podStatus(status),
    lease_ttl_ms: leaseTtlMs,
    renew_every_ms: renewEveryMs,
  } as const
}

/** REST knows three words: a cordoned pod takes no new guilds either, so it reads as draining. */
function podStatus(status: GatewayStatus): 'active' | 'draining' | 'offline' {
  return status === 'cordoned' ? 'draining' : status
}

function instant(ms: number): string {
  return new Date(ms).toISOString()
}

function requirePodName(stated: string | undefined, gatewayId: string): void {
  if (stated === undefined || stated === gatewayId) return
  const issue = { path: 'pod_name', message: `must be ${gatewayId}, the name of this pod_id` }
  throw new MeshError({ kind: 'InvalidInput', issues: [issue] })
}
