import {
  type GatewayId,
  type GuildChains,
  type GuildChainsInput,
  type LaneEvent,
  MeshError,
  type ProbePort,
} from '@guildmesh/contracts'
import { type GuildStore, type GuildWriter, put } from '@guildmesh/guild-store'
import type { z } from 'zod'
import { belongsToChain, firstHead, nextHead } from './event-chain.ts'

/**
 * Extends the guild's hash chain by an event, in the event's own transaction: so that the chain has exactly the events
 * whose effects are committed, and one that was lost, doubled or swapped cannot be masked by an idempotent row change.
 */
export function recordEvent(writer: GuildWriter, { type, data, position }: LaneEvent): void {
  if (!belongsToChain(type)) return
  const before = writer.reader.get('eventChains', {}, ['events', 'head'])
  writer.apply([
    put('eventChains', {
      events: (before?.events ?? 0) + 1,
      head: nextHead(before?.head ?? firstHead(writer.guildId), type, data),
      ...position,
    }),
  ])
}

export interface ChainReportOptions {
  readonly store: GuildStore
  readonly gatewayId: GatewayId
  readonly mayServe: () => boolean
  /** Whether `recordEvent` is called for every event. */
  readonly probing: boolean
}

/** Tells the chains of the guilds that are served here. */
export class ChainReport implements ProbePort {
  readonly #options: ChainReportOptions

  constructor(options: ChainReportOptions) {
    this.#options = options
  }

  async chains({ guildIds }: z.output<typeof GuildChainsInput>): Promise<GuildChains> {
    const { store, gatewayId, mayServe, probing } = this.#options
    const chains: GuildChains['chains'] = []
    for (const guildId of probing ? guildIds : []) {
      const outcome = store.read(guildId, null, ({ epoch, rows }) => {
        const chain = rows.get('eventChains', {})
        return chain && { epoch, ...chain }
      })
      if (outcome.kind === 'failed') throw outcome.error
      if (outcome.kind === 'refused' || !outcome.value) continue
      const { epoch, events, head, generation, seq } = outcome.value
      chains.push({ guildId, epoch, events, head, position: { generation, seq } })
    }
    // R1: asked beside the reply, since somebody else may serve the guilds by now.
    if (!mayServe()) throw new MeshError({ kind: 'Unavailable', service: gatewayId, retryAfterMs: 500 })
    return { probing, chains }
  }
}
