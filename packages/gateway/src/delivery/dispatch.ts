/** One Discord dispatch, as it came off the socket. Each position is given out once, in order. */
export interface Dispatch {
  readonly generation: number
  readonly seq: number
  readonly type: string
  readonly data: unknown
  /** Size of the message it came in: UTF-16 units, near enough to bytes for limits. */
  readonly size: number
}
