import type { DataLossReason } from './gap-ledger-schemas.ts'

const sentences: Readonly<Record<DataLossReason, string>> = {
  'invalid-session': 'Discord ended the session (op 9)',
  'session-closed': 'Discord ended the session (close code)',
  'resume-failed': 'Discord did not resume the session',
  'session-ended': 'the session ended; its holder has not reported why',
  'not-held': 'no gateway holds the missing events any more',
}

/** Why events were lost, for people. */
export function describeDataLoss(reason: DataLossReason): string {
  return sentences[reason]
}
