import type { Server } from 'node:http'

/** The service cannot listen on its port or address. The message says what to change. */
export class PortInUseError extends Error {
  readonly port: number
  readonly variable: string

  constructor(options: { host: string; port: number; variable: string; code: string; cause: unknown }) {
    const why =
      options.code === 'EADDRINUSE'
        ? 'another process is already listening there'
        : `the system refuses it (${options.code})`
    super(
      `Cannot listen on ${options.host}:${options.port}: ${why}. ` +
        `Set ${options.variable} to a free port, or stop the other process.`,
      { cause: options.cause },
    )
    this.name = 'PortInUseError'
    this.port = options.port
    this.variable = options.variable
  }
}

const addressErrors = new Set(['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL'])

/**
 * The error to report when listening failed.
 * @param at `variable` is the environment variable that sets the port
 */
export function listenError(
  error: unknown,
  at: { readonly host: string; readonly port: number; readonly variable: string },
): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return addressErrors.has(code) ? new PortInUseError({ ...at, code, cause: error }) : error
}

/** The port that a listening server was given. */
export function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port')
  return address.port
}
