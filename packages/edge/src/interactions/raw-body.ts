import type { Readable } from 'node:stream'
import { MeshError } from '@guildmesh/contracts'

/** What may be read, and for how long. */
export interface BodyLimits {
  readonly limitBytes: number
  readonly waitMs: number
}

/**
 * The bytes of a request's body, exactly as they came.
 * @param declaredLength the Content-Length header, which refuses a large body before any of it is read
 * @throws MeshError PayloadTooLarge; DeadlineExceeded if the sender is slower than `waitMs`
 */
export async function readRawBody(
  body: Readable,
  declaredLength: string | undefined,
  { limitBytes, waitMs }: BodyLimits,
): Promise<Buffer> {
  if (Number(declaredLength ?? 0) > limitBytes) throw new MeshError({ kind: 'PayloadTooLarge', limitBytes })
  const chunks: Buffer[] = []
  let length = 0
  const done = Promise.withResolvers<Buffer>()
  const onData = (chunk: Buffer) => {
    length += chunk.length
    if (length > limitBytes) done.reject(new MeshError({ kind: 'PayloadTooLarge', limitBytes }))
    else chunks.push(chunk)
  }
  const onEnd = () => done.resolve(Buffer.concat(chunks))
  const onGone = () =>
    done.reject(
      new MeshError({
        kind: 'InvalidInput',
        issues: [{ path: '', message: 'the body ended before it was complete' }],
      }),
    )
  const timer = setTimeout(
    () => done.reject(new MeshError({ kind: 'DeadlineExceeded', budgetMs: waitMs })),
    Math.max(0, waitMs),
  )
  body.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone)
  try {
    return await done.promise
  } finally {
    clearTimeout(timer)
    body.off('data', onData).off('end', onEnd).off('close', onGone)
    // The error listener stays: a sender that goes away after our answer is no fault of this process.
    body.pause()
  }
}
