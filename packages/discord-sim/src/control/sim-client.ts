import type { ControlOperations } from './control-operations.ts'

/** The control API over HTTP: the same verbs, inputs and outputs as `sim.control` in process. */
export type SimClient = ControlOperations

/** The control API refused a request, or the simulator could not be reached. */
export class SimClientError extends Error {
  override readonly name = 'SimClientError'
}

/** A client for the simulator at `baseUrl` (`http://127.0.0.1:4400`). Every verb is one POST. */
export function createSimClient(baseUrl: string): SimClient {
  const root = baseUrl.replace(/\/+$/, '')
  const call = async (verb: string, input: unknown): Promise<unknown> => {
    const response = await fetch(`${root}/_sim/${verb}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(input ?? {}),
    }).catch((cause: unknown) => {
      throw new SimClientError(`the simulator at ${root} cannot be reached`, { cause })
    })
    const body: unknown = await response.json()
    if (response.ok) return body
    const message =
      typeof body === 'object' && body !== null && 'message' in body
        ? String(body.message)
        : `HTTP ${response.status}`
    throw new SimClientError(`${verb}: ${message}`)
  }
  return new Proxy({} as SimClient, {
    get: (_, verb) => {
      // A promise resolution looks for `then`; a client is no promise.
      if (typeof verb !== 'string' || verb === 'then') return undefined
      return (input?: unknown) => call(verb, input)
    },
  })
}
