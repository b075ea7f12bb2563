import type { Failure, FailureOf } from './failure.ts'

/** A failure in a sentence for people: what happened, why, and what to do next. */
export function describeFailure(failure: Failure): string {
  switch (failure.kind) {
    case 'GuildMoved':
      return `Guild ${failure.guildId} is now on ${failure.gatewayId} (epoch ${failure.epoch}). Refresh the route and call there.`
    case 'GuildFenced':
      return `Guild ${failure.guildId} takes no writes while its owner changes. Try again in ${failure.retryAfterMs} ms.`
    case 'NotAssigned':
      return `Guild ${failure.guildId} is on no gateway. It gets one when the bot joins it.`
    case 'NotOwner':
      return `${failure.gatewayId} does not own guild ${failure.guildId} (it knows epoch ${failure.knownEpoch}). Look the owner up again.`
    case 'NoGatewayAvailable':
      return `No active gateway can take a guild. Start or uncordon one; trying again in ${failure.retryAfterMs} ms may help.`
    case 'StaleEpoch':
      return `The call was made for epoch ${failure.offered}, but the epoch is ${failure.current}: the owner has changed. Refresh, then decide again.`
    case 'StaleIncarnation':
      return `This incarnation of ${failure.gatewayId} (${failure.offered.registration}.${failure.offered.restart}) has been superseded by ${failure.current.registration}.${failure.current.restart}. The process must stop.`
    case 'MoveConflict':
      return `Guild ${failure.guildId} already has an open move, ${failure.moveId} (${failure.state}). Wait for it to end.`
    case 'GuildHasData':
      return `Guild ${failure.guildId} has data on its gateway (${Object.entries(failure.tables)
        .map(([table, rows]) => `${table}: ${rows}`)
        .join(', ')}). Only a guild without data can be reassigned by hand.`
    case 'GatewayNotActive':
      return `${failure.gatewayId} is ${failure.status}, not active. Choose another gateway, or bring this one back.`
    case 'GatewayFull':
      return `${failure.gatewayId} is full: it has ${failure.guildCount} of ${failure.capacity} guilds. Choose another gateway, or raise its capacity.`
    case 'IdentifyBudgetSpent':
      return `The bot-wide budget of Discord sessions is spent. The next one may start in ${failure.retryAfterMs} ms.`
    case 'SequenceGap':
      return `Events of guild ${failure.guildId} are missing after ${failure.cursor ? `${failure.cursor.generation}:${failure.cursor.seq}` : 'its start'}. The holder must resend from there.`
    case 'Forbidden':
      return `Not allowed: ${failure.reason}.`
    case 'Unauthenticated':
      return `${describeUnauthenticated(failure.reason)} Sign in, or present a valid token.`
    case 'InvalidInput':
      return `The input is not valid: ${failure.issues.map((issue) => (issue.path ? `${issue.path}: ${issue.message}` : issue.message)).join('; ')}.`
    case 'NotFound':
      return `There is no ${failure.what} ${failure.id}.`
    case 'PayloadTooLarge':
      return `The request body is larger than ${failure.limitBytes} bytes. Send less.`
    case 'RateLimited':
      return `Too many requests. Try again in ${failure.retryAfterMs} ms.`
    case 'DeadlineExceeded':
      return `The call did not end within ${Math.round(failure.budgetMs)} ms; it may still take effect. Read the state back before repeating it.`
    case 'Unavailable':
      return `${failure.service} cannot be reached. Try again in ${failure.retryAfterMs} ms.`
    case 'OutcomeUnknown':
      return `Whether the command ${failure.idempotencyKey} took effect is not known. Repeat it with the same key, or read the state back.`
    case 'WireVersionUnsupported':
      return `Wire version ${failure.offered} is not spoken here (only ${failure.supported.join(', ')}). Upgrade one version at a time.`
    case 'Internal':
      return `Something went wrong on our side. The logs have it under ${failure.errorId}.`
    default:
      return failure satisfies never
  }
}

function describeUnauthenticated(reason: FailureOf<'Unauthenticated'>['reason']): string {
  switch (reason) {
    case 'missing':
      return 'There is no token.'
    case 'malformed':
      return 'The token is invalid (malformed).'
    case 'expired':
      return 'The token has expired.'
    case 'wrong-audience':
      return 'The token is for another service.'
    case 'unknown-key':
      return 'The token is not known.'
    case 'bad-signature':
      return 'The token is invalid (bad signature).'
    case 'revoked':
      return 'The token has been revoked.'
    default:
      return reason satisfies never
  }
}
