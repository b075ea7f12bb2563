/** A wish is granted at once, then at most once in each interval; the last wish is never lost. */
export interface Throttled {
  wish(): void
  cancel(): void
}

/** Calls `act` for wishes, with at least `gapMs` milliseconds between two calls. */
export function throttled(act: () => void, gapMs: number): Throttled {
  let timer: ReturnType<typeof setTimeout> | null = null
  let wished = false

  function grant(): void {
    wished = false
    timer = setTimeout(() => {
      timer = null
      if (wished) grant()
    }, gapMs)
    act()
  }

  return {
    wish() {
      wished = true
      if (timer === null) grant()
    },
    cancel() {
      wished = false
      if (timer !== null) clearTimeout(timer)
      timer = null
    },
  }
}
