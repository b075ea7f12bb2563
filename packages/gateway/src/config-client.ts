import type { ConfigRouter } from '@guildmesh/contracts'
import { type MeshConnection, within } from '@guildmesh/runtime'
import type { AssignmentsPort } from './delivery/owner-lookup.ts'
import type { RegistryPort } from './membership/membership.ts'
import type { ShardPorts } from './shards/shard-ports.ts'

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

export function shardPortsOf({ shards }: ConfigClient): ShardPorts {
  const { lease, checkpoint, identify, gapLedger } = shards
  return {
    lease: {
      acquire: (input) => lease.acquire.mutate(input, within((input.waitMs ?? 0) + questionMs)),
      leave: (input) => lease.leave.mutate(input, within(renewalMs)),
      renew: (input) => lease.renew.mutate(input, within(renewalMs)),
      release: (input) => lease.release.mutate(input, within(questionMs)),
    },
    checkpoint: { store: (input) => checkpoint.store.mutate(input, within(renewalMs)) },
    identify: {
      permit: (input) => identify.permit.mutate(input, within(questionMs)),
      reserve: (input) => identify.reserve.mutate(input, within(questionMs)),
    },
    gapLedger: { record: (input) => gapLedger.record.mutate(input, within(questionMs)) },
  }
}
