import type { ConfigPort } from '@guildmesh/contracts'

const unexpected = () => Promise.reject(new Error('this test does not expect the call'))

type Parts = { [K in Exclude<keyof ConfigPort, 'shards'>]?: Partial<ConfigPort[K]> } & {
  shards?: { lease?: Partial<ConfigPort['shards']['lease']> }
}

/** A config API that answers what a test states, and fails unexpectedly otherwise. */
export function fakeConfigPort(parts: Parts = {}): ConfigPort {
  return {
    gateways: {
      register: unexpected,
      heartbeat: unexpected,
      list: unexpected,
      cordon: unexpected,
      uncordon: unexpected,
      ...parts.gateways,
    },
    assignments: {
      lookup: unexpected,
      ensure: unexpected,
      list: unexpected,
      watch: () => {
        throw new Error('this test does not expect the call')
      },
      ...parts.assignments,
    },
    shards: {
      lease: {
        acquire: unexpected,
        leave: unexpected,
        renew: unexpected,
        release: unexpected,
        list: unexpected,
        ...parts.shards?.lease,
      },
      checkpoint: { store: unexpected },
      identify: { permit: unexpected, reserve: unexpected },
      gapLedger: { record: unexpected, list: unexpected },
    },
    moves: { start: unexpected, get: unexpected, list: unexpected, ...parts.moves },
    services: { enrol: unexpected, keys: unexpected, ...parts.services },
    sessions: {
      create: unexpected,
      find: unexpected,
      reseal: unexpected,
      revoke: unexpected,
      ...parts.sessions,
    },
    operators: {
      create: unexpected,
      list: unexpected,
      revoke: unexpected,
      verify: unexpected,
      ...parts.operators,
    },
    audit: { append: unexpected, list: unexpected, ...parts.audit },
  }
}
