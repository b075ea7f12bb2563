import { randomUUID } from 'node:crypto'
import { initTRPC, TRPCError } from '@trpc/server'
import { z } from 'zod'
import type { Failure } from '../failures/failure.ts'
import { MeshError } from '../failures/mesh-error.ts'
import { isWireVersionSupported, supportedWireVersions } from '../wire-version/wire-version.ts'
import { authorize } from './authorize.ts'
import type { Call } from './call.ts'
import type { Caller } from './caller.ts'
import type { RpcContext } from './context.ts'
import { type Envelope, MeshInput } from './envelope.ts'
import type { ProcedureMeta } from './procedure-meta.ts'

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

/** tRPC's tools for a router over `Port`, with identification, authorisation and deadline in every procedure. */
export function createRpc<Port extends object>() {
  const t = initTRPC
    .context<RpcContext<Port>>()
    .meta<ProcedureMeta>()
    .create({
      isDev: false,
      errorFormatter({ shape, error }) {
        const failure = failureOfError(error)
        const known = failure.kind !== 'Internal'
        return {
          ...shape,
          message: known ? error.message : 'Something went wrong on our side.',
          data: { code: shape.data.code, httpStatus: shape.data.httpStatus, path: shape.data.path, failure },
        }
      },
    })

  const identified = t.procedure
    .use(async ({ ctx, path, type, next }) => {
      const ended = ctx.observe?.({ path, type })
      const result = await next()
      ended?.(result.ok ? null : failureOfError(result.error))
      return result
    })
    .use(async ({ ctx, meta, getRawInput, signal, next }) => {
      if (!meta) throw new TRPCError({ code: 'INTERNAL_SERVER_ERROR', message: 'a procedure without meta' })
      const { caller, envelope } = await identify(ctx, getRawInput)
      const refusal = authorize(caller, meta)
      if (refusal) throw new MeshError(refusal)
      const traceparent =
        envelope?.trace ?? (ctx.transport.kind === 'http' ? ctx.transport.traceparent : null) ?? null
      const budgetMs = budgetOf(meta, envelope)
      const deadline = startDeadline(budgetMs, signal)
      const call: Call = {
        caller,
        signal: deadline.signal,
        remainingMs: deadline.remainingMs,
        traceparent,
      }
      // A subscription lives on after its handler returned; only its own end may release its signal.
      return deadline.race(next({ ctx: { call } }))
    })
    .use(({ ctx, getRawInput, next }) =>
      ctx.transport.kind === 'mesh' ? next({ getRawInput: async () => unwrap(await getRawInput()) }) : next(),
    )

  return {
    router: t.router,
    createCallerFactory: t.createCallerFactory,
    /** Starts a procedure that states who may call it, how long it may take and whether it may be repeated. */
    procedure: (meta: ProcedureMeta) => identified.meta(meta),
  }
}

async function identify<Port>(
  ctx: RpcContext<Port>,
  getRawInput: () => Promise<unknown>,
): Promise<{ caller: Caller; envelope: Envelope | null }> {
  if (ctx.transport.kind === 'http') return { caller: ctx.transport.caller, envelope: null }
  const parsed = MeshInput.safeParse(await getRawInput())
  if (!parsed.success) throw new MeshError({ kind: 'Unauthenticated', reason: 'missing' })
  const envelope = parsed.data.mesh
  if (!isWireVersionSupported(envelope.v)) {
    throw new MeshError({
      kind: 'WireVersionUnsupported',
      offered: envelope.v,
      supported: [...supportedWireVersions],
    })
  }
  return { caller: await ctx.transport.authenticator.authenticate(envelope.token), envelope }
}

function unwrap(raw: unknown): unknown {
  const { input, lastEventId } = MeshInput.parse(raw)
  if (lastEventId === undefined) return input
  return typeof input === 'object' && input !== null ? { ...input, lastEventId } : { lastEventId }
}

/** A call ends at the procedure's own limit or at the caller's budget, whichever is sooner. */
function budgetOf(meta: ProcedureMeta, envelope: Envelope | null): number | null {
  if (meta.deadlineMs === null) return null
  return Math.min(meta.deadlineMs, envelope?.budgetMs ?? meta.deadlineMs)
}

function startDeadline(budgetMs: number | null, signal: AbortSignal | undefined) {
  const parent = signal ?? new AbortController().signal
  if (budgetMs === null) {
    return { signal: parent, remainingMs: () => null, race: <T>(work: Promise<T>) => work }
  }
  const startedAt = performance.now()
  const controller = new AbortController()
  return {
    signal: AbortSignal.any([parent, controller.signal]),
    remainingMs: () => Math.max(0, budgetMs - (performance.now() - startedAt)),
    async race<T>(work: Promise<T>): Promise<T> {
      const timeout = Promise.withResolvers<never>()
      const timer = setTimeout(() => {
        // Made only when it is needed: an error with its stack costs more than most calls.
        const exceeded = new MeshError({ kind: 'DeadlineExceeded', budgetMs })
        controller.abort(exceeded)
        timeout.reject(exceeded)
      }, budgetMs)
      try {
        return await Promise.race([work, timeout.promise])
      } finally {
        clearTimeout(timer)
      }
    },
  }
}
