import type { Position, ShardSession } from '@guildmesh/contracts'
import { AckTracker } from './ack-tracker.ts'
import { orAborted } from './or-aborted.ts'

/** A Discord session of a shard, without how far it was read. */
export type KnownSession = Omit<ShardSession, 'seq'>

interface OpenSession {
  readonly known: KnownSession
  readonly acks: AckTracker
  /** The seq that is stored for a successor. */
  readonly storedSeq: number
}

/**
 * How far a shard's Discord session has come: received, settled (durable at the owners, or parked), and stored for a
 * successor. Events of earlier sessions that are still held say nothing of the present one.
 */
export class SessionProgress {
  #open: OpenSession | null
  #begun = Promise.withResolvers<void>()

  /** @param resumed the session that the holder before left; `null`: there is none to resume */
  constructor(resumed: ShardSession | null) {
    this.#open = resumed && openAt(resumed, resumed.seq)
  }

  /** Discord has begun a session with a READY at `seq`. */
  begin(session: KnownSession, seq: number): void {
    this.#open = openAt(session, seq)
    this.#begun.resolve()
    this.#begun = Promise.withResolvers()
  }

  /** Discord has ended the session. */
  end(): void {
    this.#open = null
  }

  /** Resolves when there is a session, or when the signal aborts. */
  async untilBegun(signal: AbortSignal): Promise<void> {
    if (!this.#open) await orAborted(this.#begun.promise, signal)
  }

  get session(): KnownSession | null {
    return this.#open?.known ?? null
  }

  /** An event of the session came. @throws Error if it is of another one, which is a broken caller */
  receive({ generation, seq }: Position): void {
    if (this.#open?.known.generation !== generation)
      throw new Error(`an event of generation ${generation} outside its session`)
    this.#open.acks.receive(seq)
  }

  /** The event is durable, parked, or of no owner's concern. */
  settle({ generation, seq }: Position): void {
    if (this.#open?.known.generation === generation) this.#open.acks.settle(seq)
  }

  /** Where a successor would resume by what is settled now: the low watermark. `null`: there is no session. */
  get checkpoint(): ShardSession | null {
    return this.#open && { ...this.#open.known, seq: this.#open.acks.lowWatermark }
  }

  /** The config API has stored a checkpoint. */
  stored({ generation, seq }: ShardSession): void {
    if (this.#open?.known.generation === generation) this.#open = { ...this.#open, storedSeq: seq }
  }

  /** The seq that a successor would get today: of the last checkpoint that was stored; 0 without a session. */
  get resumeSeq(): number {
    return this.#open?.storedSeq ?? 0
  }

  /** Received seq less low watermark. */
  get seqLag(): number {
    return this.#open ? this.#open.acks.receivedSeq - this.#open.acks.lowWatermark : 0
  }
}

function openAt({ generation, sessionId, resumeUrl }: KnownSession, seq: number): OpenSession {
  return { known: { generation, sessionId, resumeUrl }, acks: new AckTracker(seq), storedSeq: seq }
}
