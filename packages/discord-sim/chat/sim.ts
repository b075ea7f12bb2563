import { createSimClient, SimClientError } from '../src/control/sim-client.ts'

/** The simulator that served this page. */
export const sim = createSimClient(window.location.origin)

/** What went wrong, for the person who tried. */
export function describeFailure(error: unknown): string {
  if (error instanceof SimClientError) return error.message.replace(/^\w+: /, '')
  return error instanceof Error ? error.message : String(error)
}
