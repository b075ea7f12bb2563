/** One step of the schema. Embedded as text, so that a bundled service needs no files beside it. */
export interface Migration {
  /** 1, 2, 3 … without a gap. */
  readonly version: number
  readonly name: string
  readonly sql: string
}
