import { randomUUID } from 'node:crypto'
import { Failure, MeshError } from '@guildmesh/contracts'
import { z } from 'zod'

const WireError = z.object({ data: z.object({ failure: Failure }) })

/** The typed failure in an error answer; a failure that this build does not know counts as Internal. */
export function meshErrorFromWire(shape: unknown): MeshError {
  const parsed = WireError.safeParse(shape)
  if (parsed.success) return new MeshError(parsed.data.data.failure)
  return new MeshError(
    { kind: 'Internal', errorId: randomUUID() },
    { cause: new Error('the error answer carries no failure that this version knows') },
  )
}
