import type { LeaveCause, SessionEndReason, ShardReport } from './shard-state.ts'

/** What happened to a shard's connection, for the log. */
export function describeReport(report: ShardReport): string {
  switch (report.event) {
    case 'identify':
      return `sent IDENTIFY: ${report.detail}`
    case 'resume':
      return `sent RESUME: ${report.detail}`
    case 'live':
      return `shard connected: ${report.detail}`
    case 'duplicate':
      return `ignored a replayed event: ${report.detail}`
    case 'odd-frame':
      return `ignored a frame: ${report.detail}`
    case 'reconnect':
      return `reconnecting: ${describeCause(report.cause)}`
    case 'session-lost':
      return `${sessionEnds[report.reason]}: ${describeCause(report.cause)}`
    case 'identify-failed':
      return `IDENTIFY started no session: ${describeCause(report.cause)}`
    default:
      return report satisfies never
  }
}

const sessionEnds: Readonly<Record<SessionEndReason, string>> = {
  'invalid-session': 'Discord ended the session',
  'session-closed': 'Discord ended the session',
  'resume-failed': 'gave the session up after RESUME failed too often',
}

function describeCause(cause: LeaveCause): string {
  switch (cause.kind) {
    case 'reconnect-requested':
      return 'Discord asked for it (op 7)'
    case 'session-not-valid-yet':
      return 'the session is not valid at the moment (op 9, resumable)'
    case 'invalid-session':
      return 'the session is not valid any more (op 9)'
    case 'unusable-ready':
      return 'Discord sent a READY that cannot be used'
    case 'heartbeat-unanswered':
      return 'Discord did not answer a heartbeat'
    case 'no-hello':
      return 'Discord did not say HELLO in time'
    case 'no-start':
      return 'Discord did not start the session in time'
    case 'socket-closed':
      return `the socket closed (code ${cause.code})`
    default:
      return cause satisfies never
  }
}
