import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Call,
  DeliverInput,
  type Failure,
  gatewayIdOf,
  GuildId,
  type LaneAck,
  MeshError,
  type Position,
} from '@guildmesh/contracts'
import { type GuildReader, type GuildStore, openGuildStore } from '@guildmesh/guild-store'
import { Metrics } from '@guildmesh/runtime'
import type { Feature } from '@guildmesh/bot'
import { createOwner, type OwnerOverrides } from '../../src/composition/owner-app.ts'
import type { Owner } from '../../src/composition/owner.ts'
import type { MountAt } from '../../src/mounted/mounted-part.ts'
import { botId } from '@guildmesh/bot/testing'

export const guildA = GuildId.parse('100000000000000001')
export const guildB = GuildId.parse('100000000000000002')
export const gatewayId = gatewayIdOf(0)

/** An event to deliver: its dispatch name and payload. */
export type Dispatch = readonly [type: string, data: unknown]

export interface TestOwnerOptions extends OwnerOverrides {
  readonly features?: readonly Feature[]
  readonly baseUrl?: string
  /** The simulated application whose calls are made; by default one of which only the id is known. */
  readonly application?: { readonly id: string; readonly token: string; readonly timeoutMs: number }
  /** Bots that hear the owner's events; may be replaced before a restart. */
  readonly mount?: MountAt
  /** Do not hand over assignments: the test does. */
  readonly unassigned?: boolean
  readonly eventProbe?: boolean
}

/** An owner over a store of its own, owning guilds A and B at epoch 1 and fed like a holder feeds it. */
export class TestOwner implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'gateway-owner-'))
  readonly metrics = new Metrics({ processMetrics: false })
  readonly logged: { level: string; message: string; fields: object }[] = []
  readonly #options: TestOwnerOptions
  readonly #tails = new Map<GuildId, Position>()
  store: GuildStore
  owner: Owner
  serving = true
  /** Wall time of the owner, epoch milliseconds; only tests move it. */
  now = Date.UTC(2026, 0, 2)
  /** By how much the monotonic clock is ahead of the machine's, milliseconds; only tests move it. */
  skippedMs = 0
  shardEpoch = 1
  mount: MountAt | undefined
  #running = new AbortController()

  constructor(options: TestOwnerOptions = {}) {
    this.#options = options
    this.mount = options.mount
    try {
      const { store, owner } = this.#open()
      this.store = store
      this.owner = owner
    } catch (error) {
      rmSync(this.folder, { recursive: true, force: true })
      throw error
    }
  }

  /**
   * Ends the owner without ceremony and opens a new one on the same file, as after a crash.
   * @param meanwhile may change the volume
   */
  async restart(meanwhile: () => void = () => {}): Promise<void> {
    await this.#close()
    meanwhile()
    this.#running = new AbortController()
    const { store, owner } = this.#open()
    this.store = store
    this.owner = owner
  }

  start(): void {
    this.owner.start(this.#running.signal)
  }

  /** Delivers further events of a guild's lane, in order; gives the ack. */
  async deliver(guildId: GuildId, ...events: readonly Dispatch[]): Promise<LaneAck> {
    return this.deliverAt(guildId, this.#tails.get(guildId)?.seq ?? 0, ...events)
  }

  /** Delivers events whose positions follow `after`, whatever was delivered before. */
  async deliverAt(guildId: GuildId, after: number, ...events: readonly Dispatch[]): Promise<LaneAck> {
    const reply = await this.owner.deliver(this.input({ guildId, after, events }))
    const [ack] = reply.acks
    if (!ack) throw new Error('a delivery without an ack')
    if (ack.outcome === 'accepted') this.#tails.set(guildId, ack.applied)
    return ack
  }

  /** Delivers events after a data loss: so many positions are lost, and the holder says so. */
  async deliverAfterLoss(guildId: GuildId, lost: number, ...events: readonly Dispatch[]): Promise<LaneAck> {
    const tail = this.#tails.get(guildId) ?? null
    const input = this.input({ guildId, after: (tail?.seq ?? 0) + lost, events })
    const [lane] = input.lanes
    const [first, ...others] = lane?.events ?? []
    if (!lane || !first) throw new Error('nothing to deliver')
    lane.events = [{ ...first, previous: tail, loss: { after: tail } }, ...others]
    const [ack] = (await this.owner.deliver(input)).acks
    if (ack?.outcome !== 'accepted') throw new Error('the lane was refused')
    this.#tails.set(guildId, ack.applied)
    return ack
  }

  input(
    ...lanes: { guildId: GuildId; after: number; events: readonly Dispatch[]; epoch?: number }[]
  ): DeliverInput {
    return DeliverInput.parse({
      shardId: 0,
      shardCount: 1,
      shardEpoch: this.shardEpoch,
      holder: { gatewayId, incarnation: { registration: 1, restart: 0 } },
      lanes: lanes.map(({ guildId, after, events, epoch = 1 }) => ({
        guildId,
        epoch,
        events: events.map(([type, data], index) => ({
          position: { generation: 1, seq: after + index + 1 },
          previous: after + index === 0 ? null : { generation: 1, seq: after + index },
          type,
          data,
          heldMs: 1,
        })),
      })),
    })
  }

  /** Looks at a guild's committed rows. */
  rows<R>(guildId: GuildId, look: (rows: GuildReader) => R): R {
    const outcome = this.store.read(guildId, null, ({ rows }) => look(rows))
    if (outcome.kind === 'done') return outcome.value
    throw new Error(`guild ${guildId} cannot be read here`, { cause: outcome })
  }

  /** The sum of a counter over its labels that include these. */
  async counted(name: string, labels: Record<string, string> = {}): Promise<number> {
    const metric = await this.metrics.registry.getSingleMetric(`guildmesh_${name}`)?.get()
    return (metric?.values ?? [])
      .filter((value) => Object.entries(labels).every(([label, wanted]) => value.labels[label] === wanted))
      .reduce((sum, value) => sum + value.value, 0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
    rmSync(this.folder, { recursive: true, force: true })
  }

  async #close(): Promise<void> {
    this.#running.abort()
    await this.owner[Symbol.asyncDispose]()
    this.store[Symbol.dispose]()
  }

  #open() {
    const store = openGuildStore({ path: join(this.folder, 'guilds.sqlite3') })
    const { application } = this.#options
    const log = (level: string) => (fields: object, message: string) => {
      this.logged.push({ level, message, fields })
    }
    const owner = createOwner(
      {
        store,
        self: { gatewayId, incarnation: () => ({ registration: 1, restart: 0 }) },
        rest: {
          baseUrl: this.#options.baseUrl ?? 'http://127.0.0.1:9',
          token: { reveal: () => application?.token ?? 'token' },
          ...(application ? { timeoutMs: application.timeoutMs } : {}),
        },
        applicationId: application?.id ?? botId,
        eventProbe: this.#options.eventProbe ?? false,
        mayServe: () => this.serving,
        clock: {
          now: () => (application ? Date.now() : this.now),
          monotonicMs: () => performance.now() + this.skippedMs,
        },
        log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
        metrics: this.metrics,
        mount: this.mount,
      },
      this.#options,
    )
    if (!this.#options.unassigned) {
      owner.reconcile([
        { guildId: guildA, epoch: 1 },
        { guildId: guildB, epoch: 1 },
      ])
    }
    return { store, owner }
  }
}

/** A call of the edge that lasts until the signal aborts. */
export function call(signal: AbortSignal = new AbortController().signal): Call {
  return {
    caller: { kind: 'anonymous' },
    signal,
    remainingMs: () => 2000,
    traceparent: null,
  }
}

/** The failure with which a call was refused. */
export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const error: unknown = await work.then(
    () => new Error('it was not refused'),
    (thrown: unknown) => thrown,
  )
  if (error instanceof MeshError) return error.failure
  throw error
}
