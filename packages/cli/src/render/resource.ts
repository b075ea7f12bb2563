/** One column of a table. */
export interface Column<T> {
  readonly title: string
  /** Only in `-o wide`. */
  readonly wide?: boolean
  /** @param now milliseconds since 1970-01-01 UTC, for ages */
  text(item: T, now: number): string
}

/** How the items of one kind are shown. */
export interface Resource<T> {
  /** In versioned JSON and YAML. */
  readonly kind: string
  readonly columns: readonly Column<T>[]
  /** What `-o name` prints, and other commands take. */
  name(item: T): string
}
