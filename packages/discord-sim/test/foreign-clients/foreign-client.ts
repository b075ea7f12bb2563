/** What a test needs of any client library. */
export interface ForeignClient {
  /** Guild ids that the library knows once it is ready. */
  ready(): Promise<string[]>
  /** Contents of the messages it heard, in order. */
  readonly heard: string[]
  send(channelId: string, content: string): Promise<unknown>
  registerPing(): Promise<unknown>
  /** How often it resumed. */
  readonly resumes: () => number
  close(): unknown
}
