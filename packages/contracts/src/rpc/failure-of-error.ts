import { randomUUID } from 'node:crypto'
import type { TRPCError } from '@trpc/server'
import { z } from 'zod'
import type { Failure } from '../failures/failure.ts'
import { MeshError } from '../failures/mesh-error.ts'

/** What the error formatter adds to every error: the typed failure. Unexpected errors keep their text at home. */
export interface FailureData {
  readonly failure: Failure
}

/** The failure that stands for any error a procedure threw. */
export function failureOfError(error: TRPCError): Failure {
  if (error instanceof MeshError) return error.failure
  if (error.cause instanceof MeshError) return error.cause.failure
  if (error.cause instanceof z.core.$ZodError && error.code === 'BAD_REQUEST') {
    return {
      kind: 'InvalidInput',
      issues: error.cause.issues.slice(0, 20).map((issue) => ({
        path: issue.path.map(String).join('.'),
        message: issue.message,
      })),
    }
  }
  if (error.code === 'NOT_FOUND')
    return { kind: 'NotFound', what: 'procedure', id: error.message.slice(0, 200) }
  if (error.code === 'PAYLOAD_TOO_LARGE') return { kind: 'PayloadTooLarge', limitBytes: 0 }
  if (error.code === 'BAD_REQUEST' || error.code === 'PARSE_ERROR') {
    return { kind: 'InvalidInput', issues: [{ path: '', message: 'the request could not be read' }] }
  }
  return { kind: 'Internal', errorId: errorIdOf(error) }
}

const errorIds = new WeakMap<TRPCError, string>()

/** The id under which an unexpected error is logged and reported; the same one for the same error. */
export function errorIdOf(error: TRPCError): string {
  const known = errorIds.get(error)
  if (known) return known
  const id = randomUUID()
  errorIds.set(error, id)
  return id
}
