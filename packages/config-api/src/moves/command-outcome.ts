import { type Failure, failurePolicies, MeshError } from '@guildmesh/contracts'

/** What is known after a command to a gateway: it was done, it was not, or it may have been. */
export type CommandOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly failure: Failure }
  | { readonly kind: 'unknown'; readonly error: unknown }

/** Runs a command and tells what is known of it (T15: an unknown outcome is neither success nor failure). */
export async function attempt(command: () => Promise<void>): Promise<CommandOutcome> {
  try {
    await command()
    return { kind: 'done' }
  } catch (error) {
    if (error instanceof MeshError && isRefusal(error.failure))
      return { kind: 'refused', failure: error.failure }
    return { kind: 'unknown', error }
  }
}

/** Whether a failure says that the gateway itself looked at the command and did nothing. */
function isRefusal(failure: Failure): boolean {
  // A bad token or a bug says nothing of the guild; a later attempt may.
  if (failure.kind === 'Internal' || failure.kind === 'Unauthenticated') return false
  const { retry } = failurePolicies[failure.kind]
  return retry === 'never' || retry === 'after-refresh'
}
