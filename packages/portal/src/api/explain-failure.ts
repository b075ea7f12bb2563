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

/** Explains a failure to somebody who uses the portal (operators included), in plain words. */
export function explainFailure(failure: CallFailure): Explanation {
  switch (failure.kind) {
    case 'NoAnswer':
      return {
        title: 'The portal’s server did not answer',
        why: 'Either this device is offline, or the server is restarting.',
        next: 'Check your connection, then try again.',
        ...later(),
      }
    case 'Forbidden':
      return {
        title: 'You may not see this',
        why: sentence(failure.reason),
        next: 'Ask an admin of the server to give you access, or sign in with another Discord account.',
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
        why: 'No gateway looks after it, because the bot never joined it, or has left it.',
        next: 'Add the bot from the server list; it takes a few seconds to appear here.',
        ...final,
      }
    case 'NotFound':
      return {
        title: `There is no such ${failure.what}`,
        why: `Nothing is known under ${failure.id}.`,
        next: 'Check the address, or go back to the server list.',
        ...final,
      }
    case 'GuildFenced':
      return {
        title: 'This server is changing gateways',
        why: 'For a moment it takes no changes, so that none is lost.',
        next: 'It usually ends within seconds. The page tries again by itself.',
        ...later(failure.retryAfterMs),
      }
    case 'GuildMoved':
    case 'NotOwner':
    case 'StaleEpoch':
    case 'StaleIncarnation':
      return {
        title: 'This server has just moved',
        why: 'Another gateway looks after it now.',
        next: 'Try again; the call then goes there.',
        ...later(),
      }
    case 'Unavailable':
      return {
        title: `${failure.service} cannot be reached`,
        why: 'It is restarting, or the network to it is down. No data is lost: Discord’s events wait for it.',
        next: 'The page tries again by itself. If this lasts over a minute, tell whoever runs the bot.',
        ...later(failure.retryAfterMs),
      }
    case 'NoGatewayAvailable':
      return {
        title: 'No gateway can take this server',
        why: 'None is active at the moment.',
        next: 'Try again in a moment; an operator has to start or uncordon a gateway.',
        ...later(failure.retryAfterMs),
      }
    case 'DeadlineExceeded':
      return {
        title: 'The answer took too long',
        why: `It did not come within ${Math.round(failure.budgetMs / 1000)} s. If you changed something, it may still take effect.`,
        next: 'Look at the present state before you repeat a change.',
        ...later(),
      }
    case 'OutcomeUnknown':
      return {
        title: 'Whether it worked is not known yet',
        why: 'The answer was lost on its way.',
        next: 'Repeat it: it carries the same key, so it takes effect once at the most.',
        ...later(),
      }
    case 'RateLimited':
      return {
        title: 'Too many requests',
        why: 'This account asked more often than the server allows.',
        next: `Wait ${Math.max(1, Math.ceil(failure.retryAfterMs / 1000))} s, then try again.`,
        ...later(failure.retryAfterMs),
      }
    case 'MoveConflict':
      return {
        title: 'This server is already being moved',
        why: `Move ${failure.moveId} is open (${failure.state}).`,
        next: 'Wait until it has ended; the list of moves shows it.',
        ...final,
      }
    case 'GuildHasData':
      return {
        title: 'This server has data on its gateway',
        why: `It holds ${describeTables(failure.tables)}. By hand, only a server without data can change gateways.`,
        next: 'Leave it where it is.',
        ...final,
      }
    case 'GatewayNotActive':
      return {
        title: `${failure.gatewayId} takes no servers`,
        why: `It is ${failure.status}.`,
        next: 'Choose another gateway, or bring this one back first.',
        ...final,
      }
    case 'InvalidInput':
      return {
        title: 'That was not accepted',
        why: failure.issues.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; '),
        next: 'Correct it and send it again.',
        ...final,
      }
    case 'PayloadTooLarge':
      return {
        title: 'That is too long',
        why: `At most ${failure.limitBytes} bytes are accepted.`,
        next: 'Shorten it and send it again.',
        ...final,
      }
    case 'ShardHeld':
    case 'IdentifyBudgetSpent':
    case 'EventHole':
      return {
        title: 'The bot’s connection to Discord is being restored',
        why: 'Until then, some of this is not known.',
        next: 'Try again in a moment.',
        ...later(),
      }
    case 'WireVersionUnsupported':
      return {
        title: 'An update is under way',
        why: 'Parts of the system run different versions just now.',
        next: 'Load the page again in a minute.',
        ...later(10_000),
      }
    case 'Internal':
      return {
        title: 'Something went wrong on our side',
        why: `The details are in the server’s log, under ${failure.errorId}.`,
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
