import {
  describeFailure,
  type Failure,
  failureOfError,
  failurePolicies,
  MeshError,
} from '@guildmesh/contracts'
import { TRPCError } from '@trpc/server'
import { getHTTPStatusCodeFromError } from '@trpc/server/http'
import { z } from 'zod'

/** An error as REST callers see it. */
export const RestError = z.object({
  error: z.looseObject({ kind: z.string(), message: z.string() }),
})

/** The error of a request as status and body. Unexpected errors keep their text at home. */
export function renderError(error: unknown, bodyLimitBytes: number) {
  const trpcError = asTrpcError(error, bodyLimitBytes)
  const failure = failureOfError(trpcError)
  const status = getHTTPStatusCodeFromError(new TRPCError({ code: failurePolicies[failure.kind].code }))
  return { status, trpcError, failure, body: { error: { message: describeFailure(failure), ...failure } } }
}

function asTrpcError(error: unknown, bodyLimitBytes: number): TRPCError {
  if (error instanceof TRPCError) return error
  if (error instanceof z.core.$ZodError) return new TRPCError({ code: 'BAD_REQUEST', cause: error })
  const fromServer = failureOfServer(error, bodyLimitBytes)
  if (fromServer) return new MeshError(fromServer, { cause: error })
  return new TRPCError({ code: 'INTERNAL_SERVER_ERROR', cause: error })
}

/** What Fastify itself refuses, before a route runs: it states the HTTP status on its errors. */
function failureOfServer(error: unknown, limitBytes: number): Failure | null {
  if (!(error instanceof Error) || !('statusCode' in error)) return null
  const { statusCode } = error
  if (statusCode === 413) return { kind: 'PayloadTooLarge', limitBytes }
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode >= 500) return null
  return { kind: 'InvalidInput', issues: [{ path: 'body', message: error.message }] }
}
