import { setTimeout as sleep } from 'node:timers/promises'
import type { SimClient } from '@guildmesh/discord-sim/client'
import { type AdminClient, ownersOf } from '../e2e/admin-client.ts'
import { until } from '../e2e/until.ts'
import type { LocalMesh } from '../src/index.ts'
import type { FaultName, PlannedFault } from './fault-plan.ts'

/** What faults act on. */
export interface FaultGround {
  readonly mesh: LocalMesh
  readonly sim: SimClient
  readonly admin: AdminClient
  readonly shards: number
}

/** How long the admin API may take to answer while what it stands on was killed a moment ago. */
const answerMs = 20_000
/** How long the resume host stays away at least: longer than a client keeps to it. */
const resumeHostDownMs = 4000
/** Longer than a lease is held, so that another holder has the shard when the frozen one wakes. */
const frozenMs = 6000

/** Does a fault. @returns what was hit, in words */
export async function doFault(ground: FaultGround, { fault, pick }: PlannedFault): Promise<string> {
  return acts[fault](ground, pick)
}

const acts: Record<FaultName, (ground: FaultGround, pick: number) => Promise<string>> = {
  async 'kill-holder'(ground, pick) {
    const { shardId, holder } = chosen(await heldShards(ground), pick)
    return kill(ground.mesh, [holder], `the holder of shard ${shardId}`)
  },
  async 'kill-owner'(ground, pick) {
    const { guildId, owner } = chosen(await relayedGuilds(ground), pick)
    return kill(ground.mesh, [owner], `the owner of guild ${guildId}`)
  },
  async 'kill-holder-and-owner'(ground, pick) {
    const { guildId, owner, holder } = chosen(await relayedGuilds(ground), pick)
    return kill(ground.mesh, [holder, owner], `holder and owner of guild ${guildId}`)
  },
  async 'freeze-holder'(ground, pick) {
    const { shardId, holder } = chosen(await heldShards(ground), pick)
    const gateway = ground.mesh.process(holder)
    gateway.kill('SIGSTOP')
    await sleep(frozenMs)
    gateway.kill('SIGCONT')
    return `SIGSTOP of ${holder} for ${frozenMs} ms: the holder of shard ${shardId}`
  },
  async 'kill-holder-of-parked-lanes'(ground, pick) {
    const { guildId, owner, holder } = chosen(await relayedGuilds(ground), pick)
    const frozen = ground.mesh.process(owner)
    frozen.kill('SIGSTOP')
    try {
      const parked = await parkedEvents(ground, holder)
      kill(ground.mesh, [holder], '')
      // The next holder must not let anything overtake what lies on the disk of the dead one.
      await sleep(frozenMs / 4)
      return `SIGSTOP of ${owner}, the owner of guild ${guildId}; kill -9 of ${holder}, the holder, with ${parked} events parked`
    } finally {
      frozen.kill('SIGCONT')
    }
  },
  'kill-config': async ({ mesh }, pick) => {
    const replicas = mesh.processes.filter(({ kind }) => kind === 'config').map(({ name }) => name)
    return kill(mesh, [chosen(replicas, pick)], 'a config API')
  },
  'kill-postgres': async ({ mesh }) => kill(mesh, ['postgres'], 'the control plane’s database'),
  async reconnect({ sim }, pick) {
    const shardId = chosen(await connectedShards(sim), pick)
    const { sockets } = await sim.askToReconnect({ shardId })
    return `op 7 to ${sockets} sockets of shard ${shardId}`
  },
  async 'drop-tcp'({ sim }) {
    await connectedShards(sim)
    const { sockets } = await sim.dropSockets({})
    return `${sockets} TCP connections cut`
  },
  async 'invalid-session-resumable'({ sim }, pick) {
    const shardId = chosen(await connectedShards(sim), pick)
    const { sockets } = await sim.invalidateSessions({ shardId, resumable: true })
    return `op 9 (resumable) to ${sockets} sockets of shard ${shardId}`
  },
  async 'resume-host-down'(ground) {
    const { sim } = ground
    await sim.setResumeHost({ up: false })
    await sim.dropSockets({})
    try {
      await Promise.all([sleep(resumeHostDownMs), allConnected(ground)])
    } finally {
      await sim.setResumeHost({ up: true })
    }
    return 'resume host away, every TCP connection cut'
  },
}

/** Resolves when every shard has a socket. @throws after a minute */
export async function allConnected({ sim, shards }: Pick<FaultGround, 'sim' | 'shards'>): Promise<void> {
  await until(async () => {
    const connected = (await sim.sessions()).filter((session) => session.connected)
    if (connected.length !== shards) throw new Error(`${connected.length} of ${shards} shards are connected`)
  }, 60_000)
}

/** Shards with a socket: a fault of sockets that hits none proves nothing. */
async function connectedShards(sim: SimClient): Promise<number[]> {
  return until(async () => {
    const connected = (await sim.sessions()).filter((session) => session.connected)
    if (connected.length === 0) throw new Error('no shard is connected')
    return connected.map(({ shardId }) => shardId)
  }, answerMs)
}

/** Waits until shards of the holder have events on its disk. @returns how many */
async function parkedEvents({ admin }: FaultGround, holder: string): Promise<number> {
  return until(async () => {
    const { shards } = await admin.shards.query()
    const held = shards.filter((shard) => shard.holder === holder)
    const events = held.reduce((sum, { parked }) => sum + parked.events, 0)
    if (events === 0) throw new Error(`${holder} has nothing parked`)
    return events
  }, answerMs)
}

function kill(mesh: LocalMesh, names: readonly string[], who: string): string {
  for (const name of names) mesh.process(name).kill('SIGKILL')
  return `kill -9 of ${names.join(' and ')}: ${who}`
}

async function heldShards({ admin }: FaultGround): Promise<{ shardId: number; holder: string }[]> {
  return until(async () => {
    const { shards } = await admin.shards.query()
    const held = shards.flatMap(({ shardId, holder }) => (holder === null ? [] : [{ shardId, holder }]))
    if (held.length === 0) throw new Error('no shard has a holder')
    return held
  }, answerMs)
}

/** Guilds whose owner is another gateway than the holder of their shard. */
async function relayedGuilds(
  ground: FaultGround,
): Promise<{ guildId: string; owner: string; holder: string }[]> {
  const held = new Map((await heldShards(ground)).map(({ shardId, holder }) => [shardId, holder]))
  const owners = await until(() => ownersOf(ground.admin), answerMs)
  const relayed = [...owners].flatMap(([guildId, owner]) => {
    const holder = held.get(Number((BigInt(guildId) >> 22n) % BigInt(ground.shards)))
    return holder === undefined || holder === owner ? [] : [{ guildId, owner: String(owner), holder }]
  })
  if (relayed.length === 0) throw new Error('every guild is owned by the holder of its shard')
  return relayed
}

function chosen<T>(items: readonly T[], pick: number): T {
  const item = items[Math.floor(pick * items.length)]
  if (item === undefined) throw new Error('there is nothing to choose from')
  return item
}
