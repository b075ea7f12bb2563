/** One call as it goes to the other side: `input` is the envelope with the procedure's input in it. */
export interface TransportCall {
  readonly type: 'query' | 'mutation'
  readonly path: string
  readonly input: unknown
  /** Called when the call is sent: from then on it may take effect at the other side. */
  onSent(): void
}

export interface TransportSubscription {
  readonly path: string
  readonly input: unknown
  onStarted(): void
  onData(data: unknown): void
}

export type ConnectionState = 'connecting' | 'open' | 'closed'

/** Carries calls to the other side. Makes no decisions: retries, deadlines and tokens are the caller's. */
export interface MeshTransport extends AsyncDisposable {
  readonly state: ConnectionState
  /**
   * The answer's data, not parsed.
   * @throws MeshError what the other side answered
   * @throws TransportLost
   * @throws the signal's reason
   */
  call(call: TransportCall, signal: AbortSignal): Promise<unknown>
  /**
   * Resolves when the other side has ended the subscription, or when the signal ends it.
   * @throws MeshError what the other side answered
   * @throws TransportLost
   */
  subscribe(subscription: TransportSubscription, signal: AbortSignal): Promise<void>
}

/** The connection could not be made, or was lost before the answer came. */
export class TransportLost extends Error {
  constructor(why: string, options: { cause?: unknown } = {}) {
    super(why, options)
    this.name = 'TransportLost'
  }
}
