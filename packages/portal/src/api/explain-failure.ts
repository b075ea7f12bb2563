import type { CallFailure } from './failure-of.ts'

/** A failure as the person in front of the page should hear it. */
export interface Explanation {
  /** What happened. */
  readonly title: string
  readonly why: string
  /** What to do next. */
  readonly next: string
  /** Whether the same call can work later; the page then offers to try again. */
  readonly retryable: boolean
  /** Milliseconds after which trying again makes sense. */
  readonly retryAfterMs: number
}

const final = { retryable: false, retryAfterMs: 0 } as const
const later = (retryAfterMs = 1000) => ({ retryable: true, retryAfterMs })

/**
 * Explains a failure in plain words. Failures that only the console can meet speak of guilds, all others of servers.
 */
export function explainFailure(failure: CallFailure): Explanation {
  switch (failure.kind) {
    case 'NoAnswer':
      return {
        title: 'The portal did not answer',
        why: 'Either this device is offline, or the portal is restarting.',
        next: 'Check your connection, then try again.',
        ...later(),
      }
    case 'Forbidden':
      return {
        title: 'You do not have access',
        why: sentence(failure.reason),
        next: 'Ask an admin of the server for access, or sign in with another Discord account.',
        ...final,
      }
    case 'Unauthenticated':
      return {
        title: 'You are signed out',
        why: failure.reason === 'expired' ? 'Your session has ended.' : 'There is no valid session.',
        next: 'Sign in with Discord again.',
        ...final,
      }
    case 'NotAssigned':
      return {
        title: 'The bot is not in this server',
        why: 'The bot never joined it, or has left it.',
        next: 'Add the bot from the server list; it takes a few seconds to appear here.',
        ...final,
      }
    case 'NotFound':
      return {
        title: `No such ${failure.what}`,
        why: `Nothing is known by the id ${failure.id}.`,
        next: 'Check the address, or go back to the server list.',
        ...final,
      }
    case 'GuildFenced':
      return {
        title: 'This server is being moved',
        why: 'It takes no changes for a moment, so that none is lost.',
        next: 'This usually takes seconds. The page tries again by itself.',
        ...later(failure.retryAfterMs),
      }
    case 'GuildMoved':
    case 'NotOwner':
    case 'StaleEpoch':
    case 'StaleIncarnation':
      return {
        title: 'This server has just moved',
        why: 'Another gateway looks after it now.',
        next: 'Try again: the call will go there.',
        ...later(),
      }
    case 'Unavailable':
      return {
        title: 'Temporarily unreachable',
        why: `No answer from ${failure.service}: it is restarting, or the network to it is down. Nothing is lost; events from Discord wait.`,
        next: 'The page tries again by itself. If this lasts over a minute, tell whoever runs the bot.',
        ...later(failure.retryAfterMs),
      }
    case 'NoGatewayAvailable':
      return {
        title: 'No gateway can take this server',
        why: 'None is active at the moment.',
        next: 'Try again in a moment. If this lasts, an operator has to start or uncordon a gateway.',
        ...later(failure.retryAfterMs),
      }
    case 'DeadlineExceeded':
      return {
        title: 'The answer took too long',
        why: `It did not come within ${Math.round(failure.budgetMs / 1000)} s. If you changed something, it may still take effect.`,
        next: 'Check the current state before you repeat a change.',
        ...later(),
      }
    case 'OutcomeUnknown':
      return {
        title: 'It is not known yet whether this worked',
        why: 'The answer was lost on its way.',
        next: 'Try again: the call carries the same key, so it takes effect at most once.',
        ...later(),
      }
    case 'RateLimited':
      return {
        title: 'Too many requests',
        why: 'This account sent more requests than it may.',
        next: `Wait ${Math.max(1, Math.ceil(failure.retryAfterMs / 1000))} s, then try again.`,
        ...later(failure.retryAfterMs),
      }
    case 'MoveConflict':
      return {
        title: 'This guild is already being moved',
        why: `Move ${failure.moveId} is open (${failure.state}).`,
        next: 'Wait until it has ended; the list of moves shows it.',
        ...final,
      }
    case 'GuildHasData':
      return {
        title: 'This guild has data on its gateway',
        why: `It has ${describeTables(failure.tables)}. Only a guild without data can be reassigned by hand.`,
        next: 'Leave it where it is.',
        ...final,
      }
    case 'GatewayNotActive':
      return {
        title: `${failure.gatewayId} takes no guilds`,
        why: `It is ${failure.status}.`,
        next: 'Choose another gateway, or bring this one back first.',
        ...final,
      }
    case 'GatewayFull':
      return {
        title: `${failure.gatewayId} is full`,
        why: `It has ${failure.guildCount} of ${failure.capacity} guilds.`,
        next: 'Choose another gateway, or raise its capacity.',
        ...final,
      }
    case 'InvalidInput':
      return {
        title: 'Invalid value',
        why: failure.issues.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; '),
        next: 'Correct it and try again.',
        ...final,
      }
    case 'PayloadTooLarge':
      return {
        title: 'Too long',
        why: `The limit is ${failure.limitBytes} bytes.`,
        next: 'Shorten it and try again.',
        ...final,
      }
    case 'IdentifyBudgetSpent':
    case 'SequenceGap':
      return {
        title: 'The bot’s connection to Discord is being restored',
        why: 'Until then, some of this is unknown.',
        next: 'Try again in a moment.',
        ...later(),
      }
    case 'WireVersionUnsupported':
      return {
        title: 'An update is in progress',
        why: 'Parts of the system run different versions right now.',
        next: 'Reload the page in a minute.',
        ...later(10_000),
      }
    case 'Internal':
      return {
        title: 'Something went wrong on our side',
        why: `The details are in the log under ${failure.errorId}.`,
        next: 'Try again. If it happens again, give that id to whoever runs the bot.',
        ...later(),
      }
    default:
      return failure satisfies never
  }
}

function describeTables(tables: Readonly<Record<string, number>>): string {
  const parts = Object.entries(tables)
    .filter(([, rows]) => rows > 0)
    .map(([table, rows]) => `${rows} ${rows === 1 ? 'row' : 'rows'} of ${table.replaceAll('_', ' ')}`)
  return parts.length > 0 ? parts.join(', ') : 'rows of its own'
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function sentence(text: string): string {
  const trimmed = capital(text.trim())
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`
}
