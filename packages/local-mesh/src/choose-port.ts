import { createServer } from 'node:net'

/** Below the range that systems hand out to outgoing connections, so that a port stays free until it is opened. */
const searchFrom = 20_000
const searchTo = 32_000

/**
 * The ports to try, in order: the preferred one, those right after it (easy to remember), then a walk over a range
 * that starts at `seed`. Never one of `taken`.
 */
export function* candidatePorts(
  preferred: number | null,
  seed: number,
  taken: ReadonlySet<number>,
): Generator<number> {
  if (preferred !== null) {
    for (let port = preferred; port < preferred + 10; port++) if (!taken.has(port)) yield port
  }
  const size = searchTo - searchFrom
  for (let step = 0; step < size; step++) {
    const port = searchFrom + ((((seed + step) % size) + size) % size)
    if (!taken.has(port)) yield port
  }
}

/** Whether nothing listens on the port of 127.0.0.1. */
export async function isPortFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    return await new Promise((resolve) => {
      server.once('error', () => resolve(false))
      server.listen({ host: '127.0.0.1', port, exclusive: true }, () => resolve(true))
    })
  } finally {
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
}

/** Hands out ports of 127.0.0.1 that are free, each once. */
export class PortChooser {
  readonly #taken = new Set<number>()
  readonly #seed: number
  readonly #isFree: (port: number) => Promise<boolean>

  constructor(seed: number, isFree: (port: number) => Promise<boolean> = isPortFree) {
    this.#seed = seed
    this.#isFree = isFree
  }

  /** @throws Error if the machine has no free port left in the range */
  async choose(preferred: number | null): Promise<number> {
    for (const port of candidatePorts(preferred, this.#seed, this.#taken)) {
      this.#taken.add(port)
      if (await this.#isFree(port)) return port
    }
    throw new Error(
      `No free port between ${searchFrom} and ${searchTo} on 127.0.0.1. Stop a program that listens there, then start again.`,
    )
  }
}
