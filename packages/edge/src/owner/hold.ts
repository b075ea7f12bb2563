/**
 * Waits until a time has passed, something has come true, or the call is over, whichever is first.
 * @param onChange tells when to look again; gives back how to stop listening
 */
export async function waitFor(options: {
  waitMs: number
  signal: AbortSignal
  isOver: () => boolean
  onChange: (listener: () => void) => () => void
}): Promise<void> {
  const { waitMs, signal, isOver, onChange } = options
  if (signal.aborted || isOver()) return
  const over = Promise.withResolvers<void>()
  const end = () => over.resolve()
  const timer = setTimeout(end, waitMs)
  const stopListening = onChange(() => {
    if (isOver()) end()
  })
  signal.addEventListener('abort', end, { once: true })
  try {
    await over.promise
  } finally {
    clearTimeout(timer)
    stopListening()
    signal.removeEventListener('abort', end)
  }
}
