import { describeFailure, type Failure, type FailureKind } from '@guildmesh/contracts'
import { type ExitCode, exitCodeOf } from './exit-code.ts'

/** A command that failed: what happened and why, and what to do next. */
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

/** A failure that the edge answered with, in words. */
export function cliErrorOf(failure: Failure, cause: unknown): CliError {
  const next = nextStep(failure)
  return new CliError(`${describeFailure(failure)} [${failure.kind}]`, {
    exitCode: exitCodeOf(failure),
    cause,
    ...(next === null ? {} : { next }),
  })
}

/** The next step, if there is one. The failure's own text says the rest. */
const nextSteps: Readonly<Partial<Record<FailureKind, string>>> = {
  Unauthenticated: 'Set GUILDMESH_TOKEN to a valid operator token; `npm start` prints one.',
  Forbidden: 'Use the token of an operator.',
  GatewayNotActive: 'Check the state of the gateways: guildmesh gateway list',
  NotAssigned: 'List the guilds that have a gateway: guildmesh guild list',
  MoveConflict: 'List the moves in progress: guildmesh move list --open',
  DeadlineExceeded: 'Check before you repeat it: guildmesh status, guildmesh move list',
  OutcomeUnknown: 'Check before you repeat it: guildmesh status, guildmesh move list',
}

function nextStep(failure: Failure): string | null {
  if (failure.kind === 'NotFound' && failure.what === 'gateway') {
    return 'List the gateways: guildmesh gateway list'
  }
  return nextSteps[failure.kind] ?? null
}
