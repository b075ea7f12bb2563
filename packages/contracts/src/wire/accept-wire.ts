import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { describeWire } from './describe-wire.ts'

/** Writes the snapshot of the wire as it is now and prints the digest for the ledger. */
const snapshot = `${JSON.stringify(describeWire(), null, 1)}\n`
writeFileSync(new URL('wire-snapshot.json', import.meta.url), snapshot)
process.stdout.write(
  `digest of the wire: ${createHash('sha256').update(snapshot).digest('hex')}\n` +
    'put it into the last entry of wire-ledger.ts, or into a new entry if version N-1 could not live with the change\n',
)
