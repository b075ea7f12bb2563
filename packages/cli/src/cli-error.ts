import { describeFailure, type Failure, type FailureKind } from '@guildmesh/contracts'
import { type ExitCode, exitCodeOf } from './exit-code.ts'

/** Why a command did not do what it was asked: what happened and why, and what to do next. */
export class CliError extends Error {
  readonly next: string | null
  readonly exitCode: ExitCode

  constructor(message: string, options: { next?: string; exitCode: ExitCode; cause?: unknown }) {
    super(message, { cause: options.cause })
    this.name = 'CliError'
    this.next = options.next ?? null
    this.exitCode = options.exitCode
  }
}

/** A failure that the edge answered, as a person reads it. */
export function cliErrorOf(failure: Failure, cause: unknown): CliError {
  const next = nextStep(failure)
  return new CliError(`${describeFailure(failure)} [${failure.kind}]`, {
    exitCode: exitCodeOf(failure),
    cause,
    ...(next === null ? {} : { next }),
  })
}

/** The command that helps, if there is one. The failure's own text says the rest. */
const nextSteps: Readonly<Partial<Record<FailureKind, string>>> = {
  Unauthenticated: 'Set GUILDMESH_TOKEN to an operator token that is not revoked; `npm start` prints one.',
  Forbidden: 'Use the token of an operator.',
  GatewayNotActive: 'See what state the gateways are in: guildmesh gateway list',
  NotAssigned: 'See the guilds that have a gateway: guildmesh guild list',
  MoveConflict: 'See the moves under way: guildmesh move list --open',
  DeadlineExceeded: 'Look before repeating: guildmesh status, guildmesh move list',
  OutcomeUnknown: 'Look before repeating: guildmesh status, guildmesh move list',
}

function nextStep(failure: Failure): string | null {
  if (failure.kind === 'NotFound' && failure.what === 'gateway') {
    return 'See the gateways there are: guildmesh gateway list'
  }
  return nextSteps[failure.kind] ?? null
}
