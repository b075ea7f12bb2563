import type { ConfigRouter } from '@guildmesh/contracts'
import { type MeshConnection, within } from '@guildmesh/runtime'
import type { AssignmentsPort } from './delivery/owner-lookup.ts'
import type { RegistryPort } from './membership/membership.ts'
import type { ShardLeasesPort } from './shards/shard-leases-port.ts'

/** The gateway's typed client of the config API. */
export type ConfigClient = MeshConnection<ConfigRouter>['client']

/** A renewal that takes longer says nothing in time: the next one is sent instead. Milliseconds. */
const renewalMs = 1000
const questionMs = 2000

export function registryOf({ gateways }: ConfigClient): RegistryPort {
  return {
    register: (input) => gateways.register.mutate(input, within(questionMs)),
    heartbeat: (input) => gateways.heartbeat.mutate(input, within(renewalMs)),
  }
}

export function assignmentsOf({ assignments }: ConfigClient): AssignmentsPort {
  return {
    lookup: (guildId) => assignments.lookup.query({ guildId }, within(questionMs)),
    ensure: (guildId) => assignments.ensure.mutate({ guildId }, within(questionMs)),
  }
}

export function shardLeasesOf({ shards }: ConfigClient): ShardLeasesPort {
  return {
    acquire: (input) => shards.acquire.mutate(input, within((input.waitMs ?? 0) + questionMs)),
    leave: (input) => shards.leave.mutate(input, within(renewalMs)),
    renew: (input) => shards.renew.mutate(input, within(renewalMs)),
    release: (input) => shards.release.mutate(input, within(questionMs)),
    commit: (input) => shards.commit.mutate(input, within(renewalMs)),
    gap: (input) => shards.gap.mutate(input, within(questionMs)),
    reserve: (input) => shards.reserve.mutate(input, within(questionMs)),
    permit: (input) => shards.permit.mutate(input, within(questionMs)),
  }
}
